//! The one archive format of this room: sorted names, and a blob of bytes for each.
//!
//! The packaged library and the code cache are both archives. `build.rs` includes this file to write
//! the library's, so it uses nothing but `std`. Reading copies nothing and allocates nothing: a name is
//! found by binary search in the bytes as they lie, whether in the binary or in a mapped file.
//!
//! ```text
//! header   magic (8 bytes)  stamp (u64)  size of the archive (u32)  number of entries (u32)
//! entries  name at, name length, blob at, stored length, length, checksum   (u32 each), sorted by name
//! names    one after another
//! blobs    one after another, in the order of the names
//! ```
//!
//! All numbers are little-endian. The stamp says what the blobs were made by: a reader that wants another
//! stamp takes the archive for absent. When the stored length is below the length the blob is compressed:
//! the archive does not care how, and hands it out as it is stored.

/// The first bytes of every archive, and the version of its layout.
const MAGIC: [u8; 8] = *b"ungilar1";
const HEADER: usize = 24;
const ENTRY: usize = 24;

/// What an archive knows of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob<'a> {
    /// The bytes as they are stored.
    pub stored: &'a [u8],
    /// How many bytes they stand for.
    pub length: usize,
    /// What the writer said of the bytes; see [`Item::checksum`].
    pub checksum: u32,
}

/// What a writer puts into an archive.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// The name it is found by.
    pub name: &'a str,
    /// The bytes to store.
    pub stored: &'a [u8],
    /// How many bytes they stand for (`stored.len()` when they are not compressed).
    pub length: usize,
    /// A checksum for readers that mistrust what they read; 0 where nobody looks.
    pub checksum: u32,
}

/// An archive over bytes that somebody else keeps.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Archive<'a> {
    /// Reads the header. `None` for anything but a whole archive with that stamp (any stamp when `None`).
    ///
    /// Only the header is looked at, so opening costs the same for ten entries and for a thousand; an
    /// entry that points outside the archive is found when it is asked for.
    pub fn open(bytes: &'a [u8], stamp: Option<u64>) -> Option<Archive<'a>> {
        if bytes.get(..8)? != MAGIC {
            return None;
        }
        let archive = Archive { bytes, count: u32_at(bytes, 20)? as usize };
        let whole = u32_at(bytes, 16)? as usize == bytes.len();
        let room = archive.count.checked_mul(ENTRY)?.checked_add(HEADER)? <= bytes.len();
        (whole && room && stamp.is_none_or(|wanted| wanted == archive.stamp())).then_some(archive)
    }

    /// What the blobs were made by.
    pub fn stamp(&self) -> u64 {
        self.bytes.get(8..16).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The name of an entry; empty when the archive is damaged there.
    pub fn name(&self, index: usize) -> &'a str {
        let at = HEADER + index * ENTRY;
        let name = (index < self.count).then(|| self.slice(at)).flatten();
        name.and_then(|name| std::str::from_utf8(name).ok()).unwrap_or("")
    }

    /// The blob of an entry; `None` when it lies outside the archive.
    pub fn blob(&self, index: usize) -> Option<Blob<'a>> {
        if index >= self.count {
            return None;
        }
        let at = HEADER + index * ENTRY;
        let stored = self.slice(at + 8)?;
        Some(Blob { stored, length: u32_at(self.bytes, at + 16)? as usize, checksum: u32_at(self.bytes, at + 20)? })
    }

    /// Where the name is, or where it would be.
    pub fn search(&self, name: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    /// The blob of that name.
    pub fn get(&self, name: &str) -> Option<Blob<'a>> {
        self.blob(self.search(name).ok()?)
    }

    /// The bytes that two numbers at `at` (where, how many) point to.
    fn slice(&self, at: usize) -> Option<&'a [u8]> {
        let start = u32_at(self.bytes, at)? as usize;
        let length = u32_at(self.bytes, at + 4)? as usize;
        self.bytes.get(start..start.checked_add(length)?)
    }
}

/// Lays out an archive. The items must be sorted by name, each name once.
///
/// # Errors
/// A message when they are not, or when the whole would pass 4 GiB.
pub fn build(stamp: u64, items: &[Item]) -> Result<Vec<u8>, String> {
    if let Some(pair) = items.windows(2).find(|pair| pair[0].name >= pair[1].name) {
        return Err(format!("{:?} and {:?} are out of order", pair[0].name, pair[1].name));
    }
    let names: usize = items.iter().map(|item| item.name.len()).sum();
    let blobs: usize = items.iter().map(|item| item.stored.len()).sum();
    let names_at = HEADER + items.len() * ENTRY;
    let total = names_at + names + blobs;
    if u32::try_from(total).is_err() || items.iter().any(|item| u32::try_from(item.length).is_err()) {
        return Err(format!("{total} bytes are too many for one archive"));
    }
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&stamp.to_le_bytes());
    out.extend_from_slice(&(total as u32).to_le_bytes());
    out.extend_from_slice(&(items.len() as u32).to_le_bytes());
    let (mut name_at, mut blob_at) = (names_at, names_at + names);
    for item in items {
        for number in [name_at, item.name.len(), blob_at, item.stored.len(), item.length] {
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        out.extend_from_slice(&item.checksum.to_le_bytes());
        name_at += item.name.len();
        blob_at += item.stored.len();
    }
    items.iter().for_each(|item| out.extend_from_slice(item.name.as_bytes()));
    items.iter().for_each(|item| out.extend_from_slice(item.stored));
    Ok(out)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item<'a>(name: &'a str, stored: &'a [u8]) -> Item<'a> {
        Item { name, stored, length: stored.len(), checksum: 7 }
    }

    #[test]
    fn what_was_put_in_is_found() {
        let bytes = build(9, &[item("a", b"one"), item("a/b", b""), item("é", b"three")]).unwrap();
        let archive = Archive::open(&bytes, Some(9)).unwrap();
        assert_eq!(archive.len(), 3);
        assert_eq!(archive.get("a").unwrap().stored, b"one");
        assert_eq!(archive.get("a/b").unwrap().length, 0);
        assert_eq!(archive.get("é").unwrap(), Blob { stored: b"three", length: 5, checksum: 7 });
        assert_eq!(archive.get("a/"), None);
        assert_eq!(archive.search("a/"), Err(1));
        assert_eq!(archive.name(3), "");
    }

    #[test]
    fn another_stamp_is_no_archive() {
        let bytes = build(9, &[item("a", b"one")]).unwrap();
        assert!(Archive::open(&bytes, Some(8)).is_none());
        assert_eq!(Archive::open(&bytes, None).unwrap().stamp(), 9);
    }

    #[test]
    fn a_name_out_of_order_is_refused() {
        assert!(build(0, &[item("b", b""), item("a", b"")]).is_err());
        assert!(build(0, &[item("a", b""), item("a", b"")]).is_err());
    }

    /// Every truncation and every flipped byte is refused or gives some blob, and never panics.
    #[test]
    fn damage_does_no_harm() {
        let whole = build(9, &[item("a", b"one"), item("b", b"two")]).unwrap();
        for cut in 0..whole.len() {
            assert!(Archive::open(&whole[..cut], Some(9)).is_none());
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            if let Some(archive) = Archive::open(&bytes, Some(9)) {
                for index in 0..=archive.len().min(5) {
                    let _ = (archive.name(index), archive.blob(index), archive.get("b"));
                }
            }
        }
    }
}
