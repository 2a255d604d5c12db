//! `benches/connections.py` in its short form: many connections at once, all of them echoing, and nothing is left of them.

mod common;

fn serve(lock: &str, kind: &str) {
    let mut command = common::command(common::binary());
    command.arg(lock).arg(common::root().join("benches/connections.py")).args([kind, "300"]);
    let run = common::run(&mut command, b"");
    assert_eq!((run.status, run.err.as_str()), (Some(0), ""), "{lock} {kind}");
    assert!(run.out.starts_with(&format!("connections_{kind} ")), "{lock} {kind}: {}", run.out);
}

#[test]
fn streams_serve_many() {
    serve("--gil=on", "streams");
    serve("--gil=off", "streams");
}

#[test]
fn protocols_serve_many() {
    serve("--gil=on", "protocols");
    serve("--gil=off", "protocols");
}
