//! What `serve` does before it lets anyone in: it makes what is made only once, names the files that it still needs, and
//! gives up the rest (see [`crate::sandbox`]).

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::wiring;
use crate::config::{DEFAULT_FILE, MailTransport, Settings, keys_in_use};
use crate::sandbox::{Reach, SandboxFault, enter};
use crate::store::{certificate_files, sqlite_file};

/// Makes the keys on a first start, and the folder for emails: later the process may not.
pub(super) async fn make_ready(settings: &Settings) -> anyhow::Result<()> {
    let keys = &settings.keys.secret_keys;
    let host_keys = wiring::host_key_files(settings).into_iter().map(|file| file.path);
    let once: Vec<_> = [keys.clone(), keys_in_use::note_of(keys)].into_iter().chain(host_keys).collect();
    if !once.iter().all(|path| path.exists()) {
        wiring::make_keys(settings).await?;
    }
    if settings.mail.transport == MailTransport::File {
        let folder = &settings.mail.directory;
        if let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(folder) {
            tracing::warn!(folder = %folder.display(), %error, "emails cannot be written until the folder is there and the server restarted");
        }
    }
    Ok(())
}

/// Confines the process, which has no other thread yet.
///
/// # Errors
/// The kernel does not offer it.
pub(super) fn confine(settings: &Settings, file: Option<&Path>) -> Result<(), SandboxFault> {
    let mut reach = reach(settings);
    // Read again on SIGHUP; editors replace it by renaming.
    reach.read.extend(folders_of(file.unwrap_or(Path::new(DEFAULT_FILE))));
    enter(&reach)?;
    tracing::info!("confined: no other programs, no files but the portal's own");
    Ok(())
}

/// The files and folders of a portal with these settings.
fn reach(settings: &Settings) -> Reach {
    let mut reach = Reach::default();
    let Settings { ssh, keys, mail, password, store, directory, ldap, .. } = settings;
    // Read once, while the server starts.
    let once = [
        mail.templates.as_ref(),
        mail.password_file.as_ref(),
        mail.ca_file.as_ref(),
        directory.ca_file.as_ref(),
        directory.bind_password_file.as_ref(),
    ];
    // Read again on SIGHUP, and replaced by renaming, so the folder is meant.
    let again = [
        ssh.host_certificate.as_ref(),
        password.blocklist_file.as_ref(),
        store.url_file.as_ref(),
        ldap.certificate.as_ref(),
        ldap.certificate_key.as_ref(),
    ];
    reach.read.extend(again.into_iter().flatten().flat_map(|file| folders_of(file)));
    reach.read.extend(settings.hook_files().iter().flat_map(|file| folders_of(file)));
    reach.read.extend(wiring::host_key_files(settings).iter().flat_map(|file| folders_of(&file.path)));
    reach.read.extend(once.into_iter().flatten().cloned());
    // The names of functions in the report of a panic.
    reach.read.extend(std::env::current_exe().ok());
    // Other certificates of authorities, as OpenSSL lets one choose them.
    reach
        .read
        .extend(["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().filter_map(std::env::var_os).map(PathBuf::from));
    // Replaced by renaming, so the folder is meant.
    reach.noted = folders_of(&keys.secret_keys);
    if let Some(file) = sqlite_file(&store.url) {
        reach.written = folders_of(&file);
    } else {
        reach.read.extend(certificate_files(&store.url).iter().flat_map(|file| folders_of(file)));
        reach.read.extend(login_files());
    }
    if mail.transport == MailTransport::File {
        reach.written.push(mail.directory.clone());
    }
    reach
}

/// Where a PostgreSQL client finds the password and the name of its user, when the URL has none.
fn login_files() -> Vec<PathBuf> {
    let file = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    let usual = std::env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass"));
    file.or(usual).into_iter().chain([PathBuf::from("/etc/passwd")]).collect()
}

/// The folder that `path` names, and the one where the file really is.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let folder = |path: &Path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let real = path.canonicalize().ok();
    [Some(folder(path)), real.as_deref().map(folder)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_folder_of_a_link_and_that_of_its_file_are_both_meant() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        let (data, keys) = (base.join("data"), base.join("keys"));
        std::fs::create_dir(&data).unwrap();
        std::fs::create_dir(&keys).unwrap();
        std::fs::write(data.join("secret_keys"), "").unwrap();
        symlink(data.join("secret_keys"), keys.join("secret_keys")).unwrap();
        assert_eq!(folders_of(&keys.join("secret_keys")), [keys, data]);
        assert_eq!(folders_of(Path::new("no-such.db")), [PathBuf::from(".")]);
    }

    #[test]
    fn keys_are_read_and_the_database_is_written() {
        let mut settings = Settings::default();
        settings.store.url = "sqlite:/var/lib/doorkey/doorkey.db".to_owned();
        settings.keys.secret_keys = "/etc/doorkey/secret_keys".into();
        settings.mail.templates = Some("/etc/doorkey/templates".into());
        let reach = reach(&settings);
        assert_eq!(reach.noted, [PathBuf::from("/etc/doorkey")]);
        assert_eq!(reach.written, ["/var/lib/doorkey", "outbox"].map(PathBuf::from));
        assert!(reach.read.contains(&"/etc/doorkey/templates".into()));
        assert!(!reach.read.contains(&"/etc/passwd".into()));
    }

    #[test]
    fn the_folder_of_the_certificates_of_a_database_is_read_and_nothing_is_written() {
        let mut settings = Settings::default();
        settings.mail.transport = MailTransport::Smtp;
        settings.store.url =
            "postgres://doorkey@db1,db2/doorkey?sslmode=verify-full&sslrootcert=%2Fsrv%2Ftls%2Fdb.pem"
                .to_owned();
        let reach = reach(&settings);
        assert!(reach.written.is_empty());
        assert!(reach.read.contains(&"/srv/tls".into()), "{:?}", reach.read);
    }
}
