//! The descriptors that a loop watches, and who is told of what.

use super::readiness::Interest;
use crate::objects::value::Value;

/// Who is told that a descriptor is ready.
#[derive(Clone)]
pub enum Watcher {
    /// A handle, to be run.
    Handle(Value),
    /// A native transport, to read or to write.
    Transport(Value),
}

impl Watcher {
    pub fn value(&self) -> &Value {
        match self {
            Watcher::Handle(v) | Watcher::Transport(v) => v,
        }
    }
}

/// One descriptor's watchers.
#[derive(Default)]
pub struct Watch {
    pub reader: Option<Watcher>,
    pub writer: Option<Watcher>,
}

impl Watch {
    pub fn interest(&self) -> Interest {
        Interest { read: self.reader.is_some(), write: self.writer.is_some() }
    }

    pub fn side(&mut self, write: bool) -> &mut Option<Watcher> {
        if write { &mut self.writer } else { &mut self.reader }
    }
}

/// The watchers by descriptor: descriptors are small numbers.
#[derive(Default)]
pub struct Watches {
    table: Vec<Watch>,
    count: usize,
}

impl Watches {
    /// How many descriptors are watched.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn get(&self, fd: i32) -> Option<&Watch> {
        self.table.get(usize::try_from(fd).ok()?).filter(|watch| !watch.interest().is_none())
    }

    /// Puts a watcher in its place, or takes it out; gives what was there, and what the descriptor was and is to be
    /// watched for.
    pub fn replace(
        &mut self,
        fd: usize,
        write: bool,
        watcher: Option<Watcher>,
    ) -> (Option<Watcher>, Interest, Interest) {
        if fd >= self.table.len() {
            if watcher.is_none() {
                return (None, Interest::default(), Interest::default());
            }
            self.table.resize_with(fd + 1, Watch::default);
        }
        let watch = &mut self.table[fd];
        let from = watch.interest();
        let old = std::mem::replace(watch.side(write), watcher);
        let to = watch.interest();
        match (from.is_none(), to.is_none()) {
            (true, false) => self.count += 1,
            (false, true) => self.count -= 1,
            _ => {}
        }
        (old, from, to)
    }

    /// Every descriptor with what it is watched for.
    pub fn interests(&self) -> Vec<(i32, Interest)> {
        let all = self.table.iter().enumerate().map(|(fd, watch)| (fd as i32, watch.interest()));
        all.filter(|(_, interest)| !interest.is_none()).collect()
    }

    /// Takes all watchers out.
    pub fn take(&mut self) -> Vec<Watch> {
        self.count = 0;
        std::mem::take(&mut self.table)
    }

    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        for watch in &self.table {
            [&watch.reader, &watch.writer].into_iter().flatten().for_each(|watcher| visit(watcher.value()));
        }
    }
}
