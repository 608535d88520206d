//! What a package has beside the program, without packing one (tests/package/run does): each file, what refers to it, and
//! scripts that a shell can read.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use super::server::TempFolder;

/// The files that `generate package` writes, below `root` and `scripts`.
fn generated(folder: &TempFolder) -> BTreeSet<String> {
    let directory = folder.path("package");
    let told = folder.run(&["generate", "package", "--directory", &directory.display().to_string()], "");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).unwrap();
    told.lines().map(|path| Path::new(path).strip_prefix(&directory).unwrap().display().to_string()).collect()
}

fn read(folder: &TempFolder, name: &str) -> String {
    fs::read_to_string(folder.path("package").join(name)).unwrap()
}

/// The value of a key in a unit.
fn value<'a>(unit: &'a str, key: &str) -> &'a str {
    unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default()
}

#[test]
fn a_package_has_units_user_folders_pages_completions_and_documents() {
    let folder = TempFolder::new();
    let files = generated(&folder);
    for name in [
        "root/usr/lib/systemd/system/doorkey.socket",
        "root/usr/share/man/man1/doorkey.1",
        "root/usr/share/man/man5/doorkey.toml.5",
        "root/usr/share/man/man7/doorkey-commands.7",
        "root/usr/share/bash-completion/completions/doorkey",
        "root/usr/share/zsh/vendor-completions/_doorkey",
        "root/usr/share/fish/vendor_completions.d/doorkey.fish",
        "root/usr/share/doc/doorkey/manual.md",
        "root/usr/share/doc/doorkey/examples/doorkey.toml",
    ] {
        assert!(files.contains(name), "{name} is not among {files:?}");
    }
    // The same as by themselves.
    for (words, name) in [
        (&["generate", "manual"][..], "root/usr/share/doc/doorkey/manual.md"),
        (
            &["generate", "unit", "--binary", "/usr/bin/doorkey"],
            "root/usr/lib/systemd/system/doorkey.service",
        ),
    ] {
        assert_eq!(folder.run(words, "").stdout, read(&folder, name).into_bytes(), "{name}");
    }
}

/// The unit, the user and the folders are declared in files of three formats, which must agree.
#[test]
fn the_service_has_the_user_and_the_folders_that_the_package_makes() {
    let folder = TempFolder::new();
    generated(&folder);
    let unit = read(&folder, "root/usr/lib/systemd/system/doorkey.service");
    let (user, state) = (value(&unit, "User"), value(&unit, "WorkingDirectory"));
    let sysusers = read(&folder, "root/usr/lib/sysusers.d/doorkey.conf");
    let account = sysusers.lines().find(|line| line.starts_with("u ")).unwrap();
    assert!(account.starts_with(&format!("u {user} - ")) && account.ends_with(state), "{account}");

    let tmpfiles = read(&folder, "root/usr/lib/tmpfiles.d/doorkey.conf");
    let mode = value(&unit, "StateDirectoryMode");
    let wanted = value(&unit, "StateDirectory").split(' ');
    let wanted: BTreeSet<_> =
        wanted.map(|name| format!("d /var/lib/{name} {mode} {user} {user} -")).collect();
    let (folders, settings): (BTreeSet<_>, BTreeSet<_>) = tmpfiles
        .lines()
        .filter(|line| line.starts_with("d "))
        .map(str::to_owned)
        .partition(|line| line.starts_with("d /var/lib/"));
    assert_eq!(folders, wanted);
    // Read by the service, written by root.
    assert_eq!(settings, BTreeSet::from([format!("d /etc/doorkey 2750 root {user} -")]));
    assert!(value(&unit, "ExecStart").contains(" --config /etc/doorkey/doorkey.toml "));

    // The settings that `init` writes for it name what is in those folders.
    let file = folder.path("made.toml").display().to_string();
    let written = folder.run(&["--config", &file, "init", "--defaults", "--state-directory", state], "");
    assert!(written.status.success());
    let said = fs::read_to_string(&file).unwrap();
    for name in ["data", "keys", "outbox"] {
        assert!(said.contains(&format!("{state}/{name}")), "{name}");
        assert!(folders.iter().any(|line| line.contains(&format!("{state}/{name} "))), "{name}");
    }
}

#[test]
fn its_scripts_are_complete_and_a_shell_can_read_them() {
    let folder = TempFolder::new();
    let files = generated(&folder);
    let scripts: Vec<_> = files.iter().filter(|name| name.starts_with("scripts/")).collect();
    assert_eq!(scripts, ["scripts/postinst", "scripts/postrm", "scripts/prerm"]);
    for name in scripts {
        let path = folder.path("package").join(name);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o755, "{name}");
        let text = read(&folder, name);
        assert!(text.starts_with("#!/bin/sh\nset -e\n") && !text.contains('@'), "{text}");
        let read = Command::new("sh").arg("-n").arg(&path).output().unwrap();
        assert!(read.status.success(), "{name}: {}", String::from_utf8_lossy(&read.stderr));
        // Where it is installed.
        if let Ok(judged) = Command::new("shellcheck").args(["-s", "sh"]).arg(&path).output() {
            assert!(judged.status.success(), "{name}: {}", String::from_utf8_lossy(&judged.stdout));
        }
    }
}

/// What cargo-deb packs is the program and what it has written, and nothing by name that could fall behind.
#[test]
fn the_metadata_packs_all_that_is_generated() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets: Vec<_> =
        deb["assets"].as_array().unwrap().iter().map(|asset| asset[0].as_str().unwrap()).collect();
    assert_eq!(assets, ["target/release/doorkey", "target/package/root/**/*"]);
    assert_eq!(deb["maintainer-scripts"].as_str(), Some("target/package/scripts"));
    for key in ["maintainer", "copyright", "section", "extended-description", "recommends"] {
        assert!(deb[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
    // What the scripts call.
    for part in ["$auto", "systemd-standalone-sysusers", "systemd-standalone-tmpfiles"] {
        assert!(deb["depends"].as_str().unwrap().contains(part), "{part}");
    }
}

/// Whoever installs it is root, and the service another user, who could not use files of root's.
#[test]
fn what_root_makes_before_the_first_start_is_handed_over_to_the_service() {
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let place = TempFolder::new();
    let folders = ["data", "keys"].map(|name| place.path(name));
    for folder in &folders {
        fs::create_dir_all(folder).unwrap();
        std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let [data, keys] = &folders;
    let place = place
        .with("DOORKEY__STORE__URL", &format!("sqlite:{}", data.join("doorkey.db").display()))
        .with("DOORKEY__KEYS__SECRET_KEYS", &keys.join("secret_keys").display().to_string());
    let added = place.run(&["user", "add", "ada", "--email", "ada@example.org"], "");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let backup = data.join("backup.db").display().to_string();
    assert!(place.run(&["backup", &backup], "").status.success());
    let made: Vec<_> =
        folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(Result::unwrap).collect();
    let names: BTreeSet<_> = made.iter().map(|file| file.file_name().into_string().unwrap()).collect();
    for name in ["doorkey.db", "backup.db", "secret_keys", "secret_keys.in_use"] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    for file in made {
        let found = file.metadata().unwrap();
        assert_eq!((found.uid(), found.gid()), (NOBODY, NOBODY), "{}", file.path().display());
    }
}
