//! The parser by itself.

use super::{Event, Failure, Machine, Next, Wishes, code};

/// Everything that is met in a document that comes in pieces.
fn events(pieces: &[&[u8]]) -> Result<Vec<Event>, Failure> {
    let mut machine = Machine::new(None, None);
    let mut found = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        machine.feed(piece, i + 1 == pieces.len())?;
        while let Next::Told(told) = machine.next(Wishes::default())? {
            found.push(told.event);
        }
    }
    Ok(found)
}

fn error(document: &str) -> (u32, u64, u64) {
    let failure = events(&[document.as_bytes()]).expect_err("an error");
    (failure.code, failure.place.line, failure.place.column)
}

#[test]
fn a_document_may_come_in_pieces() {
    let document = "<?xml version='1.0'?>\n<a b='1 &lt;\n2'><!-- c --><d/>t\u{e9}xt<![CDATA[<&]]></a>".as_bytes();
    let whole = events(&[document]).expect("well-formed");
    let text = |events: &[Event]| -> String {
        events.iter().map(|e| if let Event::Characters(text) = e { text.as_str() } else { "" }).collect()
    };
    assert_eq!(text(&whole), "t\u{e9}xt<&");
    for cut in 0..=document.len() {
        let parts = events(&[&document[..cut], &document[cut..]]).expect("well-formed");
        assert_eq!(text(&parts), text(&whole), "cut at {cut}");
        let others = |events: &[Event]| -> Vec<Event> {
            events.iter().filter(|e| !matches!(e, Event::Characters(_) | Event::Other)).cloned().collect()
        };
        assert_eq!(others(&parts), others(&whole), "cut at {cut}");
    }
}

#[test]
fn entities_are_replaced() {
    let document = b"<!DOCTYPE a [<!ENTITY x '<b>&y;</b>'><!ENTITY y 'why'>]><a c='&y;!'>&x;</a>";
    let found = events(&[document]).expect("well-formed");
    assert!(found.contains(&Event::Characters("why".into())));
    assert!(found.iter().any(|e| matches!(e, Event::StartElement { attributes, .. } if attributes.len() == 1)));
}

#[test]
fn errors_have_a_place() {
    assert_eq!(error("<a>\n<b></a>"), (code::TAG_MISMATCH, 2, 5));
    assert_eq!(error("<a b='1' b='2'/>"), (code::DUPLICATE_ATTRIBUTE, 1, 9));
    assert_eq!(error(""), (code::NO_ELEMENTS, 1, 0));
    assert_eq!(error("<a/>x"), (code::JUNK_AFTER_DOC_ELEMENT, 1, 4));
    assert_eq!(error("<a>&x;</a>"), (code::UNDEFINED_ENTITY, 1, 3));
    assert_eq!(error(" <?xml version='1.0'?><a/>"), (code::MISPLACED_XML_PI, 1, 1));
    assert_eq!(error("x"), (code::SYNTAX, 1, 0));
}

#[test]
fn entities_cannot_fill_the_memory() {
    let mut document = String::from("<!DOCTYPE a [<!ENTITY e0 '0123456789'>");
    for i in 1..12 {
        let inner = format!("&e{};", i - 1).repeat(10);
        document += &format!("<!ENTITY e{i} '{inner}'>");
    }
    document += "]><a>&e11;</a>";
    assert_eq!(error(&document).0, code::AMPLIFICATION_LIMIT_BREACH);
}
