//! Files and folders that others than their owner can write, and so put something of their own in the place of what is
//! there. `check`, `serve`, at its start and on SIGHUP, and `verify` go by these rules alike.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::config::Settings;
use crate::domain::hook::{Hook, HookTarget};
use crate::private_file::folder_of;

/// Write permission for the group and for everybody.
const WRITE_BY_OTHERS: u32 = 0o022;
/// In such a folder, nobody but the owner of a file replaces it.
const STICKY: u32 = 0o1000;

/// Why nobody can be asked for passwords at `socket`: others can put a socket of their own there and take them. While the
/// portal is stopped they can in a sticky folder too. A folder that cannot be seen is not exposed.
pub(super) fn socket_of_services(socket: &Path) -> Option<String> {
    let folder = folder_of(socket);
    let mode = mode(folder).filter(|mode| mode & WRITE_BY_OTHERS != 0)? & 0o777;
    let name = folder.display();
    Some(format!(
        "{name}: its mode is {mode:04o}, so others can put a socket of their own there and take passwords; type: chmod go-w \
         {name}"
    ))
}

/// What of the hooks others can replace: their file, and the commands in it.
pub(super) fn of_hooks(settings: &Settings, hooks: &[Hook]) -> Vec<String> {
    let commands = hooks.iter().filter_map(|hook| match &hook.target {
        HookTarget::Command(path) => Some((format!("{}: ", hook.name), path)),
        HookTarget::Webhook(_) => None,
    });
    let named = commands.chain(settings.hooks.file.iter().map(|file| (String::new(), file)));
    let exposed = named.filter(|(_, path)| mode(path).is_some_and(|mode| mode & WRITE_BY_OTHERS != 0));
    exposed
        .map(|(hook, path)| format!("{hook}others can write {0}; type: chmod go-w {0}", path.display()))
        .collect()
}

/// Whether others can replace the file of secret keys.
pub(super) fn secret_keys(settings: &Settings) -> Option<String> {
    let folder = folder_of(&settings.keys.secret_keys);
    let mode = mode(folder).filter(|mode| mode & WRITE_BY_OTHERS != 0 && mode & STICKY == 0)? & 0o777;
    let name = folder.display();
    Some(format!("{name}: its mode is {mode:04o}, so others can replace the keys; type: chmod go-w {name}"))
}

/// Tells the operator of a server that runs. A socket that is exposed keeps it from starting; after that, it is open.
pub(super) fn warn(settings: &Settings, hooks: &[Hook]) {
    let socket = settings.verify.socket.as_deref().and_then(socket_of_services);
    for exposed in of_hooks(settings, hooks).into_iter().chain(secret_keys(settings)).chain(socket) {
        tracing::warn!(exposed, "others than the owner can replace what the portal trusts");
    }
}

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hook::EventChoice;

    fn with_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_that_others_can_write_is_no_place_for_a_socket_or_keys() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.keys.secret_keys = folder.path().join("secret_keys");
        let socket = folder.path().join("verify.sock");
        for (mode, of_socket, of_keys) in
            [(0o700, false, false), (0o755, false, false), (0o775, true, true), (0o1777, true, false)]
        {
            with_mode(folder.path(), mode);
            assert_eq!(socket_of_services(&socket).is_some(), of_socket, "{mode:o}");
            assert_eq!(secret_keys(&settings).is_some(), of_keys, "{mode:o}");
        }
        assert!(socket_of_services(&socket).unwrap().contains("its mode is 0777"));
        assert_eq!(socket_of_services(&folder.path().join("nowhere/verify.sock")), None);
    }

    #[test]
    fn what_hooks_run_is_for_their_owner_alone_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let (file, command) = (folder.path().join("hooks.toml"), folder.path().join("sync"));
        for path in [&file, &command] {
            fs::write(path, "").unwrap();
            with_mode(path, 0o755);
        }
        let mut settings = Settings::default();
        settings.hooks.file = Some(file.clone());
        let (name, target) = ("sync".to_owned(), HookTarget::Command(command.clone()));
        let hooks =
            [Hook { name, target, events: EventChoice::All, timeout: std::time::Duration::from_secs(1) }];
        assert_eq!(of_hooks(&settings, &hooks), Vec::<String>::new());
        with_mode(&command, 0o775);
        with_mode(&file, 0o777);
        let said = of_hooks(&settings, &hooks);
        let command = command.display();
        assert_eq!(said[0], format!("sync: others can write {command}; type: chmod go-w {command}"));
        assert!(said.len() == 2 && said[1].starts_with("others can write "), "{said:?}");
    }
}
