//! The arguments and the environment: CPython's `initconfig.c` and `getopt.c`.

use super::{dis, help, paths};
use crate::modules::sys::info;
use crate::objects::interpreter::Config;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
pub enum What {
    /// `-c`
    Command(String),
    /// `-m`
    Module(String),
    /// A script, a folder or a zip file.
    File(OsString),
    /// `dis FILE`
    Dis(dis::Request),
    /// No argument, or `-`.
    Stdin,
}

/// Why nothing is run.
pub struct Stop {
    pub status: i32,
    pub message: String,
    pub to_stderr: bool,
}

const STATUS_USAGE: i32 = 2;

/// Options of one letter that take an argument.
const WITH_ARGUMENT: &str = "cmWX";

/// A message with the usage line below it, status 2.
fn usage_error(program: &OsStr, message: &str) -> Stop {
    let program = program.to_string_lossy();
    let message = format!("{message}\n{}Try `python -h' for more information.\n", help::usage_line(&program));
    Stop { status: STATUS_USAGE, message, to_stderr: true }
}

/// CPython cannot go on with such a setting.
fn fatal(message: &str) -> Stop {
    // What it has done so far.
    let state = if message.starts_with("preconfig") { "preinitializing" } else { "preinitialized" };
    let message = format!("Fatal Python error: {message}\nPython runtime state: {state}\n\n");
    Stop { status: 1, message, to_stderr: true }
}

/// The text of `-c`, which must be UTF-8.
fn command(text: &OsStr) -> Result<String, Stop> {
    text.to_str().map(str::to_owned).ok_or_else(|| {
        // The first byte that is not, as PEP 383 writes it.
        let bytes = text.as_encoded_bytes();
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let (byte, position) = (bytes.get(valid.len()).copied().unwrap_or(0), valid.chars().count());
        let message = format!(
            "Unable to decode the command from the command line:\n\
             UnicodeEncodeError: 'utf-8' codec can't encode character '\\udc{byte:02x}' in position {position}: \
             surrogates not allowed\n"
        );
        Stop { status: 1, message, to_stderr: true }
    })
}

fn show(message: String) -> Stop {
    Stop { status: 0, message, to_stderr: false }
}

/// What the arguments said, before the environment is asked.
#[derive(Default)]
struct Given {
    warnings: Vec<String>,
    versions: u32,
    /// `-R`: hashes are random whatever `PYTHONHASHSEED` says.
    randomize: bool,
    what: Option<What>,
    rest: Vec<OsString>,
}

/// Reads the command line and the environment.
pub fn parse(args: Vec<OsString>) -> Result<(Config, What), Stop> {
    let program = args.first().cloned().unwrap_or_else(|| "ungil".into());
    let mut config = Config { utf8_mode: false, orig_argv: args.clone(), ..Config::default() };
    let mut given = Given::default();
    arguments(&program, &args, &mut config, &mut given)?;
    if given.versions > 0 {
        let version = if given.versions > 1 { info::version() } else { crate::import::library::LIBRARY_VERSION.into() };
        return Err(show(format!("Python {version}\n")));
    }
    if config.isolated {
        (config.ignore_environment, config.no_user_site, config.safe_path) = (true, true, true);
    }
    environment(&mut config, &given.warnings)?;
    if given.randomize {
        config.hash_seed = None;
    }
    x_options(&mut config)?;
    let variable = |name: &str| std::env::var_os(name).filter(|v| !config.ignore_environment && !v.is_empty());
    let found = paths::find(&program, variable("PYTHONHOME"));
    (config.executable, config.base_executable) = (found.executable, found.base_executable);
    (config.prefix, config.base_prefix) = (found.prefix, found.base_prefix);
    let search = paths::module_search_path(variable("PYTHONPATH"));
    config.path = search;
    let what = given.what.unwrap_or(What::Stdin);
    let first: OsString = match &what {
        What::Command(_) => "-c".into(),
        What::Module(_) => "-m".into(),
        What::File(path) => path.clone(),
        What::Dis(request) => request.target.clone(),
        What::Stdin if given.rest.first().is_some_and(|a| a == "-") => "-".into(),
        What::Stdin => "".into(),
    };
    let skip = usize::from(matches!(what, What::Stdin | What::File(_) | What::Dis(_)) && !given.rest.is_empty());
    config.argv = std::iter::once(first).chain(given.rest.into_iter().skip(skip)).collect();
    Ok((config, what))
}

fn arguments(program: &OsStr, args: &[OsString], config: &mut Config, given: &mut Given) -> Result<(), Stop> {
    let mut i = 1;
    while i < args.len() {
        let text = args[i].to_string_lossy().into_owned();
        if text == "-" || !text.starts_with('-') {
            break;
        }
        i += 1;
        if text == "--" {
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            i += long_option(program, long, args.get(i), config)?;
            continue;
        }
        let letters: Vec<char> = text[1..].chars().collect();
        for (at, &letter) in letters.iter().enumerate() {
            if !WITH_ARGUMENT.contains(letter) {
                flag(program, letter, config, given)?;
                continue;
            }
            // The argument is the rest of the word, or the next word.
            let rest: String = letters[at + 1..].iter().collect();
            let inline = !rest.is_empty();
            let value = if !inline {
                let Some(next) = args.get(i) else {
                    return Err(usage_error(program, &format!("Argument expected for the -{letter} option")));
                };
                i += 1;
                next.to_string_lossy().into_owned()
            } else {
                rest
            };
            match letter {
                'W' => given.warnings.push(value),
                'X' => {
                    let (name, value) = match value.split_once('=') {
                        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                        None => (value, None),
                    };
                    config.x_options.push((name, value));
                }
                _ => {
                    // These end the options: what follows is the program's.
                    given.what = Some(if letter == 'c' {
                        // In the same word behind letters of one byte each, or the word that was taken.
                        let word = &args[i - 1];
                        let word = if inline { OsStr::from_bytes(&word.as_bytes()[at + 2..]) } else { word };
                        What::Command(command(word)?)
                    } else {
                        What::Module(value)
                    });
                    given.rest = args[i..].to_vec();
                    return Ok(());
                }
            }
            break;
        }
    }
    given.rest = args[i.min(args.len())..].to_vec();
    if given.rest.first().is_some_and(|word| word == "dis") {
        given.rest.remove(0);
        given.what = Some(What::Dis(disassembly(config, &mut given.rest)?));
        return Ok(());
    }
    if let Some(file) = given.rest.first().filter(|a| *a != "-") {
        given.what = Some(What::File(file.clone()));
    }
    Ok(())
}

/// What follows the word `dis`; the program's arguments stay in `rest`, its name first.
fn disassembly(config: &mut Config, rest: &mut Vec<OsString>) -> Result<dis::Request, Stop> {
    let wrong = |message: String| Stop {
        status: STATUS_USAGE,
        message: format!("ungil dis: {message}\n{}Try `ungil dis -h' for more information.\n", dis::usage_line()),
        to_stderr: true,
    };
    let (mut adaptive, mut offsets) = (false, false);
    while let Some(option) = rest.first().filter(|word| *word != "-" && word.to_string_lossy().starts_with('-')) {
        match &*option.to_string_lossy() {
            "--adaptive" => adaptive = true,
            "--offsets" => offsets = true,
            "-h" | "--help" => return Err(show(dis::HELP.to_owned())),
            other => return Err(wrong(format!("unknown option {other}"))),
        }
        rest.remove(0);
    }
    let Some(target) = rest.first().cloned() else {
        return Err(wrong("a FILE or MODULE:QUALNAME is missing".to_owned()));
    };
    config.count_instructions = adaptive;
    Ok(dis::Request { target, adaptive, offsets })
}

/// An option of one letter without an argument.
fn flag(program: &OsStr, letter: char, config: &mut Config, given: &mut Given) -> Result<(), Stop> {
    match letter {
        'b' => config.bytes_warning += 1,
        'B' => config.dont_write_bytecode = true,
        't' => {}
        'd' => config.parser_debug += 1,
        'R' => given.randomize = true,
        'E' => config.ignore_environment = true,
        'h' | '?' => return Err(show(help::usage(&program.to_string_lossy()))),
        'i' => (config.inspect, config.interactive) = (true, true),
        'I' => config.isolated = true,
        'O' => config.optimize = (config.optimize + 1).min(2),
        'P' => config.safe_path = true,
        'q' => config.quiet = true,
        's' => config.no_user_site = true,
        'S' => config.no_site = true,
        'u' => config.unbuffered = true,
        'v' => config.verbose += 1,
        'V' => given.versions += 1,
        'x' => config.skip_first_line = true,
        _ => return Err(usage_error(program, &format!("Unknown option: -{letter}"))),
    }
    Ok(())
}

/// A long option; gives how many further words it took.
fn long_option(program: &OsStr, option: &str, next: Option<&OsString>, config: &mut Config) -> Result<usize, Stop> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    };
    let bad = |expected: &str| usage_error(program, &format!("--{name} must be {expected}"));
    let needed = || value.ok_or_else(|| usage_error(program, &format!("Argument expected for the --{name} option")));
    match name {
        "help" if value.is_none() => return Err(show(help::usage(&program.to_string_lossy()))),
        "help-env" if value.is_none() => return Err(show(help::ENVIRONMENT.to_owned())),
        "help-xoptions" if value.is_none() => return Err(show(help::X_OPTIONS.to_owned())),
        "help-all" if value.is_none() => {
            let usage = help::usage(&program.to_string_lossy());
            return Err(show(format!("{usage}\n{}\n{}", help::ENVIRONMENT, help::X_OPTIONS)));
        }
        "version" if value.is_none() => {
            return Err(show(format!("Python {}\n", crate::import::library::LIBRARY_VERSION)));
        }
        "check-hash-based-pycs" => {
            let Some(mode) = next.and_then(|v| v.to_str()).filter(|_| value.is_none()) else {
                return Err(usage_error(program, "Argument expected for the --check-hash-based-pycs options"));
            };
            if !matches!(mode, "always" | "default" | "never") {
                return Err(bad("one of 'default', 'always', or 'never'"));
            }
            config.check_hash_based_pycs = Some(mode.to_owned());
            return Ok(1);
        }
        "gil" => {
            config.gil = match needed()? {
                "on" => true,
                "off" => false,
                _ => return Err(bad("on or off")),
            };
            inherit(config, "gil", if config.gil { "1" } else { "0" });
        }
        "refcount" => match needed()? {
            "biased" => config.naive_counts = false,
            "naive" => {
                config.naive_counts = true;
                inherit(config, "refcount", "naive");
            }
            _ => return Err(bad("biased or naive")),
        },
        "switch-at" => match needed()? {
            "cpython" => config.switch_at_instruction = false,
            "instruction" => {
                config.switch_at_instruction = true;
                inherit(config, "switch_at", "instruction");
            }
            _ => return Err(bad("cpython or instruction")),
        },
        "switch-interval" => {
            config.switch_interval = Some(interval(needed()?).ok_or_else(|| bad("a positive number of seconds"))?);
            inherit(config, "switch_interval", needed()?);
        }
        "seed" => {
            config.seed = Some(needed()?.parse().map_err(|_| bad("a number"))?);
            inherit(config, "seed", needed()?);
        }
        "gil-stats" if value.is_none() => config.gil_stats = true,
        _ => return Err(usage_error(program, &format!("Unknown option: --{option}"))),
    }
    Ok(0)
}

/// A switch interval in nanoseconds, given in seconds.
fn interval(text: &str) -> Option<u32> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0)?;
    Some((seconds * 1e9).clamp(1000.0, f64::from(u32::MAX)) as u32)
}

/// Puts a long option among the `-X` options, in that spelling: `subprocess` and `multiprocessing` pass those on to the
/// interpreters they start, so that children run as their parent does.
fn inherit(config: &mut Config, name: &str, value: &str) {
    config.x_options.retain(|(other, _)| other != name);
    config.x_options.push((name.to_owned(), Some(value.to_owned())));
}

/// A variable, unless it is empty or the environment is ignored.
fn variable(config: &Config, name: &str) -> Option<String> {
    if config.ignore_environment {
        return None;
    }
    std::env::var_os(name).map(|v| v.to_string_lossy().into_owned()).filter(|v| !v.is_empty())
}

/// A variable that turns something on: a number is a level, any other text means 1.
fn level(config: &Config, name: &str) -> u8 {
    match variable(config, name) {
        Some(text) => text.parse::<i32>().map_or(1, |n| n.clamp(0, 255) as u8),
        None => 0,
    }
}

/// Whether the locale is C and stays it (PEP 538 makes `C.UTF-8` of one that `LC_ALL` does not ask for): then UTF-8 mode
/// is on (PEP 540).
fn in_c_locale(config: &Config) -> bool {
    let text = |name: &str| std::env::var_os(name).map(|v| v.to_string_lossy().into_owned()).filter(|v| !v.is_empty());
    let plain = |locale: &str| matches!(locale, "C" | "POSIX");
    match text("LC_ALL") {
        Some(locale) => plain(&locale),
        None => {
            let coerced = variable(config, "PYTHONCOERCECLOCALE").is_none_or(|v| v != "0");
            !coerced && text("LC_CTYPE").or_else(|| text("LANG")).is_none_or(|locale| plain(&locale))
        }
    }
}

fn environment(config: &mut Config, arguments: &[String]) -> Result<(), Stop> {
    config.verbose = config.verbose.max(level(config, "PYTHONVERBOSE"));
    config.optimize = config.optimize.max(level(config, "PYTHONOPTIMIZE")).min(2);
    config.parser_debug = config.parser_debug.max(level(config, "PYTHONDEBUG"));
    config.inspect |= variable(config, "PYTHONINSPECT").is_some();
    config.unbuffered |= level(config, "PYTHONUNBUFFERED") > 0;
    config.dont_write_bytecode |= level(config, "PYTHONDONTWRITEBYTECODE") > 0;
    config.no_user_site |= level(config, "PYTHONNOUSERSITE") > 0;
    config.safe_path |= variable(config, "PYTHONSAFEPATH").is_some();
    config.dev_mode |= level(config, "PYTHONDEVMODE") > 0;
    config.warn_default_encoding |= level(config, "PYTHONWARNDEFAULTENCODING") > 0;
    match variable(config, "PYTHONHASHSEED").as_deref() {
        None | Some("random") => {}
        Some(seed) => match seed.parse() {
            Ok(seed) => config.hash_seed = Some(seed),
            Err(_) => {
                return Err(fatal(
                    "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]",
                ));
            }
        },
    }
    match variable(config, "PYTHON_GIL").as_deref() {
        None => {}
        Some("0") => config.gil = false,
        Some("1") => config.gil = true,
        Some(_) => return Err(fatal("config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"")),
    }
    match variable(config, "PYTHONUTF8").as_deref() {
        None => config.utf8_mode = in_c_locale(config),
        Some("0") => {}
        Some("1") => config.utf8_mode = true,
        Some(_) => {
            return Err(fatal("preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value"));
        }
    }
    match variable(config, "PYTHONPROFILEIMPORTTIME").as_deref() {
        None => {}
        Some("2") => config.import_time = 2,
        Some(_) => config.import_time = 1,
    }
    if let Some(digits) = variable(config, "PYTHONINTMAXSTRDIGITS") {
        config.int_max_str_digits = digits_limit(&digits).ok_or_else(|| {
            fatal(
                "config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.",
            )
        })?;
    }
    // Later options win, so they stand in this order.
    let mut options = Vec::new();
    if config.dev_mode || config.x_options.iter().any(|o| o.0 == "dev") {
        options.push("default".to_owned());
    }
    if let Some(variable) = variable(config, "PYTHONWARNINGS") {
        options.extend(variable.split(',').map(str::to_owned));
    }
    options.extend_from_slice(arguments);
    match config.bytes_warning {
        0 => {}
        1 => options.push("default::BytesWarning".to_owned()),
        _ => options.push("error::BytesWarning".to_owned()),
    }
    config.warn_options = options;
    Ok(())
}

fn digits_limit(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n| *n == 0 || *n >= 640)
}

fn x_options(config: &mut Config) -> Result<(), Stop> {
    for (name, value) in config.x_options.clone() {
        let value = value.as_deref();
        match (&*name, value) {
            ("dev", _) => config.dev_mode = true,
            ("gil", Some("0")) => config.gil = false,
            ("gil", Some("1")) => config.gil = true,
            ("gil", _) => return Err(fatal("config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"")),
            ("refcount", Some("naive")) => config.naive_counts = true,
            ("switch_at", Some("instruction")) => config.switch_at_instruction = true,
            ("switch_interval", Some(text)) if interval(text).is_some() => config.switch_interval = interval(text),
            ("seed", Some(text)) if text.parse::<u64>().is_ok() => config.seed = text.parse().ok(),
            ("refcount" | "switch_at" | "switch_interval" | "seed", _) => {
                return Err(fatal(&format!("bad value for option -X {name}")));
            }
            ("utf8", None | Some("1")) => config.utf8_mode = true,
            ("utf8", Some("0")) => config.utf8_mode = false,
            ("utf8", _) => return Err(fatal("preconfig_init_utf8_mode: invalid -X utf8 option value")),
            ("warn_default_encoding", _) => config.warn_default_encoding = true,
            ("int_max_str_digits", _) => {
                let limit = value.and_then(digits_limit);
                config.int_max_str_digits = limit.ok_or_else(|| {
                    fatal(
                        "config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.",
                    )
                })?;
            }
            ("frozen_modules", Some("on" | "off" | "")) => {}
            ("frozen_modules", Some(_)) => {
                return Err(fatal("bad value for option -X frozen_modules (expected \"on\" or \"off\")"));
            }
            ("cpu_count", value) if value != Some("default") => {
                if value.and_then(|n| n.parse::<u32>().ok()).is_none_or(|n| n == 0) {
                    return Err(fatal(
                        "config_init_cpu_count: -X cpu_count=n option: n is missing or an invalid number, n must be greater than 0",
                    ));
                }
            }
            ("importtime", value) => {
                config.import_time = match value.and_then(|v| v.parse::<i64>().ok()) {
                    None | Some(1) => 1,
                    Some(2) => 2,
                    Some(_) => 0,
                };
                if config.import_time > 0 {
                    continue;
                }
                return Err(fatal(
                    "config_init_import_time: -X importtime: values other than 1 and 2 are reserved for future use.",
                ));
            }
            ("tracemalloc", Some(frames)) => match frames.parse() {
                Ok(frames) => config.tracemalloc = frames,
                Err(_) => {
                    return Err(fatal("config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames"));
                }
            },
            ("tracemalloc", None) => config.tracemalloc = 1,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> (Config, What) {
        let args = std::iter::once("ungil").chain(args.iter().copied()).map(OsString::from).collect();
        parse(args).unwrap_or_else(|stop| panic!("{}", stop.message))
    }

    fn refused(args: &[&str]) -> (i32, String) {
        let args = std::iter::once("ungil").chain(args.iter().copied()).map(OsString::from).collect();
        match parse(args) {
            Err(stop) => (stop.status, stop.message.lines().next().unwrap_or_default().to_owned()),
            Ok(_) => panic!("it was accepted"),
        }
    }

    fn argv(config: &Config) -> Vec<&str> {
        config.argv.iter().filter_map(|a| a.to_str()).collect()
    }

    #[test]
    fn options_end_where_the_program_begins() {
        let (config, what) = parsed(&["-Bc", "pass", "-v", "x"]);
        assert_eq!(what, What::Command("pass".into()));
        assert_eq!(argv(&config), ["-c", "-v", "x"]);
        assert!(config.dont_write_bytecode && config.verbose == 0);
        let (config, what) = parsed(&["-O", "-Wignore", "-X", "a=b", "file.py", "-c", "y"]);
        assert_eq!(what, What::File("file.py".into()));
        assert_eq!(argv(&config), ["file.py", "-c", "y"]);
        assert_eq!(config.warn_options, ["ignore"]);
        assert_eq!(config.x_options, [("a".into(), Some("b".into()))]);
        let (config, what) = parsed(&["-", "z"]);
        assert_eq!((what, argv(&config)), (What::Stdin, vec!["-", "z"]));
        assert_eq!(argv(&parsed(&[]).0), [""]);
        assert_eq!(argv(&parsed(&["-mjson.tool", "a"]).0), ["-m", "a"]);
    }

    #[test]
    fn nonsense_is_refused_in_cpythons_words() {
        assert_eq!(refused(&["-Z"]), (2, "Unknown option: -Z".into()));
        assert_eq!(refused(&["--foo"]), (2, "Unknown option: --foo".into()));
        assert_eq!(refused(&["-c"]), (2, "Argument expected for the -c option".into()));
        assert_eq!(
            refused(&["-X", "gil=2"]),
            (1, "Fatal Python error: config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"".into())
        );
    }

    #[test]
    fn the_lock_is_turned_off_in_three_ways() {
        assert!(!parsed(&["--gil=off", "-c", ""]).0.gil);
        assert!(!parsed(&["-X", "gil=0", "-c", ""]).0.gil);
        assert!(parsed(&["-c", ""]).0.gil);
        assert_eq!(parsed(&["--seed=7", "--switch-interval=0.001"]).0.switch_interval, Some(1_000_000));
    }
}
