//! What `make package` makes: every file in its place, and none that says something else than the program.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tandem::control::command_line::USAGE;

const SIZES: [u32; 9] = [16, 22, 24, 32, 48, 64, 128, 256, 512];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(top().join(file)).unwrap()
}

/// Runs a program; what it prints on both outputs, where it ends well.
fn run(program: &str, arguments: &[&str]) -> String {
    let ran = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{program} {arguments:?}: {said}");
    said
}

fn is_there(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(program).is_file())
}

/// The long options and the first words of the commands, as `tandem --help` has them.
fn spoken() -> (BTreeSet<String>, BTreeSet<String>) {
    let word = |c: char| c.is_ascii_lowercase() || c == '-';
    let options = USAGE
        .match_indices("--")
        .map(|(at, _)| USAGE[at..].chars().take_while(|c| word(*c)).collect::<String>())
        .filter(|option| option.len() > 2)
        .collect();
    let commands = USAGE
        .lines()
        .skip_while(|line| *line != "Commands:")
        .take_while(|line| *line != "Options:")
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()))
        .filter(|name| name.chars().all(word))
        .map(str::to_owned)
        .collect();
    (options, commands)
}

/// The packages, made once of the program that the tests use.
struct Packages {
    _folder: tempfile::TempDir,
    deb: PathBuf,
    tarball: PathBuf,
    unpacked: PathBuf,
}

impl Packages {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ran = Command::new(top().join("scripts/package"))
            .env("PACKAGE_BINARY", env!("CARGO_BIN_EXE_tandem"))
            .env("PACKAGE_FOLDER", folder.path())
            .env("PACKAGE_COMPRESSION", "none")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let printed = String::from_utf8(ran.stdout).unwrap();
        let mut made = printed.lines().map(PathBuf::from);
        let (deb, tarball) = (made.next().unwrap(), made.next().unwrap());
        let unpacked = folder.path().join("unpacked");
        run("dpkg-deb", &["-x", deb.to_str().unwrap(), unpacked.to_str().unwrap()]);
        Self { _folder: folder, deb, tarball, unpacked }
    }

    fn text(&self, file: &str) -> String {
        let path = self.unpacked.join("usr").join(file);
        match file.ends_with(".gz") {
            true => run("gzip", &["-dc", path.to_str().unwrap()]),
            false => fs::read_to_string(path).unwrap(),
        }
    }
}

/// Everything that is to be in a package, below its prefix.
fn expected() -> BTreeSet<String> {
    let mut files: BTreeSet<String> = [
        "bin/tandem",
        "share/applications/tandem.desktop",
        "share/metainfo/invalid.tandem.Tandem.metainfo.xml",
        "share/icons/hicolor/scalable/apps/tandem.svg",
        "share/man/man1/tandem.1.gz",
        "share/bash-completion/completions/tandem",
        "share/zsh/vendor-completions/_tandem",
        "share/fish/vendor_completions.d/tandem.fish",
        "share/doc/tandem/changelog.gz",
        "share/doc/tandem/copyright",
        "share/doc/tandem/dependencies.gz",
        "share/doc/tandem/config.example.toml",
        "share/doc/tandem/provisioning.schema.json",
    ]
    .map(str::to_owned)
    .into();
    files.extend(SIZES.map(|size| format!("share/icons/hicolor/{size}x{size}/apps/tandem.png")));
    let pages =
        fs::read_dir(top().join("docs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.extend(pages.filter(|name| name.ends_with(".md")).map(|name| format!("share/doc/tandem/{name}")));
    files
}

#[test]
fn the_package_and_the_tarball_hold_every_file_and_no_other_and_run_from_where_they_are() {
    let made = Packages::make();
    let listed = run("dpkg-deb", &["--contents", made.deb.to_str().unwrap()]);
    let files = |list: &str, before: &str| -> BTreeSet<String> {
        let name = |line: &str| Some(line.rsplit(' ').next()?.strip_prefix(before)?.to_owned());
        list.lines().filter_map(name).filter(|name| !name.is_empty() && !name.ends_with('/')).collect()
    };
    assert_eq!(files(&listed, "./usr/"), expected());
    for line in listed.lines() {
        let program = line.ends_with("/bin/tandem") || line.starts_with('d');
        let rights = if program { "rwxr-xr-x root/root" } else { "-rw-r--r-- root/root" };
        assert!(line.contains(rights), "{line}");
    }
    // The tarball has the same below one folder, and what it unpacks runs there.
    let top = made.tarball.file_name().unwrap().to_str().unwrap().strip_suffix(".tar.gz").unwrap();
    let in_tarball = run("tar", &["-tzf", made.tarball.to_str().unwrap()]);
    assert_eq!(files(&in_tarball, &format!("{top}/")), expected());
    let prefix = made.unpacked.join("elsewhere");
    fs::create_dir(&prefix).unwrap();
    run("tar", &["-xzf", made.tarball.to_str().unwrap(), "--strip-components=1", "-C", prefix.to_str().unwrap()]);
    let version = concat!("tandem ", env!("CARGO_PKG_VERSION"), "\n");
    for program in [prefix.join("bin/tandem"), made.unpacked.join("usr/bin/tandem")] {
        assert_eq!(run(program.to_str().unwrap(), &["--version"]), version);
    }

    let info = run("dpkg-deb", &["--info", made.deb.to_str().unwrap()]);
    let field = |name: &str| {
        let line = info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no field {name}: {info}")).to_owned()
    };
    assert_eq!(field("Package"), "tandem");
    assert_eq!(field("Version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(field("Architecture"), run("dpkg", &["--print-architecture"]).trim());
    for needed in ["libc6 (>= 2.", "libasound2", "libxkbcommon-x11-0", "libwayland-client0", "fonts-noto-color-emoji"] {
        assert!(field("Depends").contains(needed), "{needed}: {}", field("Depends"));
    }
    // An administrator's machine runs none of our scripts.
    for script in ["preinst", "postinst", "prerm", "postrm"] {
        assert!(!info.contains(script), "{info}");
    }

    // No placeholder is left, and what is written down is true.
    for file in expected().iter().filter(|file| !file.ends_with("bin/tandem") && !file.ends_with(".png")) {
        let text = made.text(file);
        for placeholder in ["@VERSION@", "@DATE@", "@METHODS@"] {
            assert!(!text.contains(placeholder), "{file} still says {placeholder}");
        }
    }
    let libraries = made.text("share/doc/tandem/dependencies.gz");
    for library in ["==== rustls 0.", "==== iced 0.", "==== rusqlite 0.", "Permission is hereby granted"] {
        assert!(libraries.contains(library), "{library}");
    }
    assert!(made.text("share/doc/tandem/copyright").contains("SIL OPEN FONT LICENSE"));
    the_files_are_what_other_programs_expect(&made);
}

fn the_files_are_what_other_programs_expect(made: &Packages) {
    let path = |file: &str| made.unpacked.join("usr").join(file).to_str().unwrap().to_owned();
    if is_there("desktop-file-validate") {
        let said = run("desktop-file-validate", &[&path("share/applications/tandem.desktop")]);
        assert!(!said.contains("error") && !said.contains("warning"), "{said}");
    }
    if is_there("appstreamcli") {
        let file = path("share/metainfo/invalid.tandem.Tandem.metainfo.xml");
        run("appstreamcli", &["validate", "--no-net", &file]);
    }
    for (shell, file) in [
        ("bash", "share/bash-completion/completions/tandem"),
        ("zsh", "share/zsh/vendor-completions/_tandem"),
        ("fish", "share/fish/vendor_completions.d/tandem.fish"),
    ] {
        let text = made.text(file);
        // From the table of docs/control.md: of its first row and of others, each alone.
        for method in ["status", "unmute", "room-forget", "set-device"] {
            assert!(text.split(|c: char| !c.is_ascii_lowercase() && c != '-').any(|word| word == method), "{method}");
        }
        if is_there(shell) {
            run(shell, &["-n", &path(file)]);
        }
    }
    // What bash offers, asked as bash asks.
    let file = path("share/bash-completion/completions/tandem");
    for (line, offered) in [
        ("tandem ch", "chat check-config"),
        ("tandem --min", "--minimized"),
        ("tandem --profile /tmp ctl stat", "stats status"),
        ("tandem --renderer ", "gpu software"),
    ] {
        let ask = "source \"$1\"; read -ra COMP_WORDS <<<\"$2\"; [[ $2 != *' ' ]] || COMP_WORDS+=(''); \
                   COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tandem; printf '%s\\n' \"${COMPREPLY[@]}\" | sort | paste -sd' '";
        assert_eq!(run("bash", &["-c", ask, "bash", &file, line]).trim(), offered, "{line}");
    }
}

#[test]
fn the_manual_page_and_every_completion_know_what_the_help_knows_and_nothing_else() {
    let (options, commands) = spoken();
    assert!(options.len() >= 10 && options.contains("--minimized"), "{options:?}");
    assert!(commands.len() >= 7 && commands.contains("explain-number"), "{commands:?}");
    let page = read("packaging/tandem.1").replace("\\-", "-");
    for word in options.iter().chain(&commands) {
        assert!(page.contains(word.as_str()), "the manual page says nothing of {word}");
    }
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_ascii_lowercase() && c != '-').map(str::to_owned).collect()
    };
    for (file, dashes) in [("tandem.bash", "--"), ("_tandem", "--"), ("tandem.fish", "-l ")] {
        let text = read(&format!("packaging/completions/{file}"));
        let known = words(&text);
        for command in &commands {
            assert!(known.contains(command), "{file} does not complete {command}");
        }
        let offered: BTreeSet<String> = match dashes {
            "--" => known.iter().filter(|word| word.starts_with("--") && word.len() > 2).cloned().collect(),
            _ => {
                let long = |line: &str| Some(format!("--{}", line.split("-l ").nth(1)?.split(' ').next()?));
                text.lines().filter(|line| line.starts_with("complete")).filter_map(long).collect()
            }
        };
        assert_eq!(offered, options, "{file}");
    }
}

#[test]
fn the_entry_opens_every_link_that_the_command_line_takes() {
    let entry = read("packaging/tandem.desktop");
    for scheme in ["tel", "sip", "sips", "xmpp"] {
        assert!(entry.contains(&format!("x-scheme-handler/{scheme};")), "{scheme}");
        let line = tandem::control::command_line::parse([format!("{scheme}:someone@example.com").into()]);
        assert!(matches!(line.unwrap().command, tandem::control::command_line::Command::Uri(_)), "{scheme}");
    }
    assert!(entry.contains("\nExec=tandem %u\n"), "one link at a time, as the command line takes it");
    // The name that the window gives itself, on X11 and on Wayland: else its icon is not found.
    assert!(entry.contains("\nStartupWMClass=tandem\n"));
}

#[test]
fn every_icon_is_as_large_as_its_name_says() {
    for size in SIZES {
        let bytes = fs::read(top().join(format!("packaging/icons/{size}x{size}.png"))).unwrap();
        let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).unwrap().to_rgba8();
        assert_eq!(picture.dimensions(), (size, size));
        // The corners are round, the middle is not empty.
        assert_eq!(picture.get_pixel(0, 0).0[3], 0);
        assert_eq!(picture.get_pixel(size / 2, size / 8).0, [0x44, 0x53, 0xc9, 0xff]);
    }
}
