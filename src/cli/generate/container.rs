//! A Dockerfile: the program is built in one image and runs in another, as a user without privileges, on a file system that
//! may be read-only but for one volume.

use std::path::Path;

use super::unit::{STATE, STATE_FOLDERS, STATE_MODE, USER};
use crate::cli::init;
use crate::domain::exit_code;

/// The number of the user, so that whoever makes a folder for the volume can give it to that number.
const USER_ID: u32 = 10_022;
/// The port in the container, above those that need a privilege.
const PORT: u16 = 2222;
/// Where the health check asks; it is not published.
const METRICS: &str = "127.0.0.1:9222";

/// Only what the program is built from is copied, by name, so no settings and no keys of a working copy get into a layer.
const DOCKERFILE: &str = r#"# Doorkey @VERSION@. Written by `doorkey generate dockerfile`. In a copy of the source:
#
#   doorkey generate dockerfile | docker build --tag doorkey:@VERSION@ --file - .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges \
#     --volume doorkey:@STATE@ --publish 22:@PORT@ --env DOORKEY__PORTAL__ADDRESS=portal.example.org doorkey:@VERSION@
#
# Settings come as DOORKEY__SECTION__KEY; mount files with secrets and name them, as mail.password_file does.

FROM rust:@RUST@-bookworm AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY migrations migrations
COPY src src
RUN cargo build --locked --release --bin doorkey

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid @ID@ @USER@ \
    && useradd --uid @ID@ --gid @ID@ --home-dir @STATE@ --no-create-home --shell /usr/sbin/nologin @USER@ \
    && install -d -m @MODE@ -o @USER@ -g @USER@ @FOLDERS@
COPY --from=build /source/target/release/doorkey /usr/bin/doorkey
@ENVIRONMENT@
USER @ID@:@ID@
WORKDIR @STATE@
VOLUME @STATE@
EXPOSE @PORT@
STOPSIGNAL SIGTERM
# Without curl: bash opens the connection itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/@METRICS@ && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["/usr/bin/doorkey"]
CMD ["serve"]
"#;

/// The file.
pub(super) fn dockerfile() -> String {
    let folders = STATE_FOLDERS.map(|folder| format!(" {STATE}/{folder}")).concat();
    let environment: Vec<_> =
        settings().iter().map(|(setting, value)| format!("ENV {}={value}", variable(setting))).collect();
    DOCKERFILE
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@RUST@", env!("CARGO_PKG_RUST_VERSION"))
        .replace("@FOLDERS@", &format!("{STATE}{folders}"))
        .replace("@STATE@", STATE)
        .replace("@MODE@", STATE_MODE)
        .replace("@USER@", USER)
        .replace("@ID@", &USER_ID.to_string())
        .replace("@PORT@", &PORT.to_string())
        .replace("@METRICS@", &METRICS.replace(':', "/"))
        .replace("@ENVIRONMENT@", &environment.join("\n"))
}

fn settings() -> Vec<(&'static str, String)> {
    let fixed = [
        ("ssh.listen_address", "0.0.0.0".to_owned()),
        ("ssh.port", PORT.to_string()),
        ("metrics.listen", METRICS.to_owned()),
    ];
    init::places(Path::new(STATE)).into_iter().chain(fixed).collect()
}

/// `DOORKEY__SSH__PORT` of `ssh.port`.
fn variable(setting: &str) -> String {
    format!("DOORKEY__{}", setting.replace('.', "__").to_uppercase())
}

/// The manual's words about it.
pub(super) fn chapter() -> String {
    let folders = STATE_FOLDERS.map(|folder| format!("`{folder}`")).join(", ");
    format!(
        "`doorkey generate dockerfile` prints a Dockerfile; its first lines say how to build the image and run it. It runs as \
         the user {USER_ID}, needs no privilege and no writable file system but the volume `{STATE}`. Mount a folder of your \
         own there only with {folders} in it, owned by that user. Operators type their commands in the container:\n\n\
         ```\ndocker exec CONTAINER doorkey user add ada --email ada@example.org\n```\n\n\
         Where the container offers no Landlock the server does not start (exit code {}); set `DOORKEY__SSH__SANDBOX=false` \
         there.\n",
        exit_code::CONFIG,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    /// Each instruction with its words, continued lines joined.
    fn instructions() -> Vec<(String, String)> {
        let text = dockerfile().replace("\\\n", " ");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let (name, words) = line.split_once(' ').unwrap();
                (name.to_owned(), words.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect()
    }

    fn all(name: &str) -> Vec<String> {
        instructions().into_iter().filter(|(found, _)| found == name).map(|(_, words)| words).collect()
    }

    #[test]
    fn the_dockerfile_names_the_tag_of_each_base_and_runs_without_root() {
        const KNOWN: [&str; 13] = [
            "FROM",
            "WORKDIR",
            "COPY",
            "RUN",
            "ENV",
            "USER",
            "VOLUME",
            "EXPOSE",
            "STOPSIGNAL",
            "HEALTHCHECK",
            "ENTRYPOINT",
            "CMD",
            "LABEL",
        ];
        for (name, words) in instructions() {
            assert!(KNOWN.contains(&name.as_str()), "{name}");
            assert!(!words.contains('@'), "{name} {words}");
        }
        for image in all("FROM") {
            let (_, tag) = image.split(' ').next().unwrap().split_once(':').unwrap();
            assert!(tag != "latest" && image.split(' ').count() != 2, "{image}");
        }
        let last: Vec<_> = instructions().into_iter().rev().take_while(|(name, _)| name != "FROM").collect();
        let users: Vec<_> = last.iter().filter(|(name, _)| name == "USER").collect();
        assert_eq!(users.len(), 1);
        let (user, group) = users[0].1.split_once(':').unwrap();
        assert!(user.parse::<u32>().unwrap() >= 1000 && group == user);
        for name in ["ENTRYPOINT", "CMD"] {
            let words: Vec<String> = serde_json::from_str(&all(name)[0]).unwrap();
            assert!(!words.is_empty());
        }
        let check = all("HEALTHCHECK")[0].clone();
        let words: Vec<String> = serde_json::from_str(check.split_once(" CMD ").unwrap().1).unwrap();
        assert_eq!(words.len(), 3);
    }

    #[test]
    fn its_settings_are_known_hold_no_secret_and_write_only_to_the_volume() {
        let set = all("ENV").into_iter().map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned().into(), value.to_owned().into())
        });
        let settings = Settings::load_from(None, set, &[]).unwrap();
        let volume = all("VOLUME")[0].clone();
        let Settings { store, keys, ssh, mail, metrics, .. } = settings;
        assert!(store.url.starts_with(&format!("sqlite:{volume}/data/")), "{}", store.url);
        for path in [&keys.secret_keys, &ssh.host_key, &mail.directory] {
            assert!(path.starts_with(&volume), "{}", path.display());
        }
        assert_eq!(all("EXPOSE"), [ssh.port.to_string()]);
        assert!(metrics.listen.is_some() && ssh.sandbox);
        for (name, words) in
            instructions().iter().filter(|(name, _)| ["COPY", "ENV"].contains(&name.as_str()))
        {
            assert!(
                !["password", "doorkey.toml", " . "].iter().any(|word| words.contains(word)),
                "{name} {words}"
            );
        }
    }
}
