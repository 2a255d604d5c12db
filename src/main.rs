//! The command `ungil`.
use ungil::compiler::{self, CompileOptions};
use ungil::objects::code_object::CodeObject;
use ungil::objects::dict::Dict;
use ungil::objects::function::Function;
use ungil::objects::interpreter::{Config, Interpreter};
use ungil::objects::module::Module;
use ungil::objects::protocol;
use ungil::objects::slots::Args;
use ungil::syntax;

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let source = std::fs::read(&path).expect("readable");
    let t = Interpreter::create(Config::default());
    ungil::vm::install::install(&t);
    let builtins = ungil::modules::create(&t, &ungil::modules::builtins::MODULE).unwrap();
    t.interp.builtins_dict.set(builtins.cast::<Module>().unwrap().dict(&t));
    let parsed =
        match syntax::parse(&source, syntax::Mode::Exec, &syntax::ParseOptions { bytes: true, ..Default::default() }) {
            Ok(p) => p,
            Err(e) => {
                eprintln!("{e:?}");
                std::process::exit(1)
            }
        };
    let (code, _) = compiler::compile(&parsed.ast, &parsed.root, &path, &CompileOptions::default()).unwrap();
    let code = CodeObject::make(&t, &code);
    let globals = Dict::make(&t);
    globals.cast::<Dict>().unwrap().set_name(&t, "__name__", t.str("__main__"));
    let f = Function::make(&t, code, globals.clone());
    if let Err(raised) = ungil::vm::call::run_function(&t, &f, Args::NONE, Some(globals)) {
        let e = t.take_exception(raised);
        eprintln!("{}", protocol::repr_text(&t, &e).unwrap_or_default());
        std::process::exit(1);
    }
}
