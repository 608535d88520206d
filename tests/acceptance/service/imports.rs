//! Importing accounts from a file with the operator command.

use std::io::BufReader;

use clap::Parser;
use doorkey::accounts::admin::{BadRow, ImportFault, ImportRow};
use doorkey::cli::user::{self, OperatorUserCommand};
use doorkey::domain::hash::HashParams;
use doorkey::domain::secret::Secret;
use doorkey::domain::team::Role;

use super::{FIRST, Service};
use crate::engine::on_both_engines;

/// `password`, from the test vectors of Argon2's reference implementation.
const FOREIGN_HASH: &str =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// `correct horse`, one hash of each scheme as other programs print it: openssl, libxcrypt, doveadm, slappasswd, pwdhash of
/// 389 Directory Server, passlib, Django.
const FOREIGN_HASHES: [(&str, &str); 15] = [
    (
        "sha512",
        "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
    ),
    ("sha256", "$5$rounds=1500$abc$LTUJo9g9TcGjkxppJwl7VgBgn2hcOybCSwIyV3sw9KA"),
    ("bcrypt2b", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("bcrypt2y", "{BLF-CRYPT}$2y$05$qRlgnasHncON1PXbR6WVb.OJRDv5kFT4MdHt0Tg4cSuPr8kfheLoy"),
    ("crypt", "{CRYPT}$2y$05$xyqmc.UrOF0ckJaV1SBNauTbWb/B6HJ9iUC65l.FLUwUbhnQc5sbm"),
    ("ssha", "{SSHA}dYWPvUiPu9SHf5rEz2yJisz45ojTgzps"),
    ("sha", "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="),
    (
        "ssha512",
        "{SSHA512}P7ytX8SwsQ0I9F2YBn99P20qhM5c6dct1Aom7snuuFOEnwahc5mx9dxUUk14xnwG2LTHQUq0mhmXq9x0ZvI8Qcs+nf4=",
    ),
    (
        "argon2",
        "{ARGON2}$argon2i$v=19$m=4096,t=3,p=1$rMdOBE+VHO+RBrskTpM9og$ssFkSs7VhPMhSq43MUs8OU1gtcRx2TiZxsxAk9jEzzw",
    ),
    ("dovecot", "{PBKDF2}$1$g7xoj7e8xR8Z8dTc$1000$c7599223b9909cc8b049d1d2e1891d71a0bb04c8"),
    (
        "passlib",
        "$pbkdf2-sha512$1000$w5gTYizFOOec8/6f05oTgg$4z7fKW29q.hRxF2vXFoCbfjsGcuea4khM6disxj9//yG.js6wvMpW5PJO5NENevpk9hcyWutkHjcJX/B38tzJQ",
    ),
    (
        "ds389",
        "{PBKDF2-SHA256}10000$7kOGeM9FudmlfBwVMKtuScBi7jGliubA$1YYCFICSHlvM706Xbf8+Po2IyIoDC22iCzcKoUhut1E=",
    ),
    ("django", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="),
    (
        "djangoargon2",
        "argon2$argon2id$v=19$m=256,t=1,p=1$c2Vhc2FsdHNlYXNhbHQ$sgkr8tv5z0tzgVRuW9g14dO05u9zVdOw6uJ4cQJqJxc",
    ),
    ("djangobcrypt", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq"),
];

#[derive(Parser)]
struct Typed {
    #[command(subcommand)]
    command: OperatorUserCommand,
}

/// Runs `doorkey user ...`; gives the exit code and what was printed.
pub(super) async fn command(service: &Service, words: &[&str], input: &str) -> (u32, String) {
    let typed = Typed::try_parse_from(std::iter::once("user").chain(words.iter().copied())).unwrap();
    let mut out = Vec::new();
    let mut input = BufReader::new(input.as_bytes());
    let code = user::run(typed.command, &service.accounts, &mut out, &mut input).await.unwrap();
    (code, String::from_utf8(out).unwrap())
}

fn row(line: u64, name: &str, email: &str) -> ImportRow {
    ImportRow { line, name: name.into(), email: email.into(), ..ImportRow::default() }
}

on_both_engines! {
    async fn an_import_takes_every_row_of_a_file_or_none(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("grace").await;
        service.accounts.add_team("ops", "").await.unwrap();
        let rows = [
            row(2, "ada", "ada@example.org"),
            row(3, "GRACE", "grace2@example.org"),
            row(4, "linus", "ADA@example.org"),
            row(5, "no name", "x@example.org"),
            row(6, "barbara", "barbara"),
            ImportRow { password_hash: Some(Secret::new("$2b$12$bcrypt")), ..row(7, "tim", "tim@example.org") },
            ImportRow { teams: vec!["nowhere".into()], ..row(8, "vint", "vint@example.org") },
            ImportRow { teams: vec!["ops:king".into()], ..row(9, "radia", "radia@example.org") },
            row(10, "good", "good@example.org"),
        ];
        let Err(ImportFault::BadRows(bad)) = service.accounts.import(&rows).await else { panic!("imported") };
        assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9], "{bad:?}");
        assert!(bad[0].reason.contains("`grace` is taken") && bad[5].reason.contains("nowhere"), "{bad:?}");
        let twice = "the address `ADA@example.org` is also in line 2, where it is written `ada@example.org`";
        assert_eq!(bad[1].reason, twice);
        assert_eq!(service.accounts.count_users().await.unwrap(), 1);
        assert_eq!(service.accounts.import(&[rows[0].clone(), rows[8].clone()]).await.unwrap(), 2);
        assert_eq!(service.accounts.count_users().await.unwrap(), 3);
    }

    async fn a_hash_that_would_take_seconds_at_each_sign_in_is_refused_by_its_line(engine: Engine) {
        let service = Service::start(engine).await;
        // Of `correct horse` by libxcrypt and Python's hashlib, and what no machine has time to make.
        let costly = [
            "$2b$15$abcdefghijklmnopqrstuuFyy98jhqVTP5.g80HBm5AYybeT9zOkO",
            "$6$rounds=800000$saltsalt$qKymuqqH4AbcQdSmgBmyKCVUqjkpgtInqjAX0ASt0GjwBbflhBQ1Uek.HSVsQJR8gfonUcgBlw3jAADEsV7dk1",
            "pbkdf2_sha256$2500000$seasalt$JkdI0hy7NscYWUjbPDeh6zXG/EG/eyyjL1/HscLJW64=",
            "$argon2id$v=19$m=1048576,t=3,p=4$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ];
        let rows: Vec<_> = (2_u64..)
            .zip(costly)
            .map(|(line, hash)| ImportRow {
                password_hash: Some(Secret::new(hash)),
                ..row(line, &format!("user{line}"), &format!("user{line}@example.org"))
            })
            .collect();
        let Err(ImportFault::BadRows(bad)) = service.accounts.import(&rows).await else { panic!("imported") };
        assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 4, 5], "{bad:?}");
        for refused in bad {
            let reason = refused.reason;
            assert!(reason.contains("asks for more than") && reason.contains("leave it empty"), "{reason}");
        }
    }

    async fn an_interrupted_import_goes_on_where_it_was(engine: Engine) {
        let service = Service::start(engine).await;
        let rows: Vec<_> = (0..1_200).map(|n| row(n + 2, &format!("user{n}"), &format!("user{n}@example.org"))).collect();
        // Dropped as soon as the first batch has become accounts, as by a kill.
        {
            let mut import = Box::pin(service.accounts.import(&rows));
            let first_batch = async {
                while service.accounts.count_users().await.unwrap() == 0 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                done = &mut import => panic!("it was done at once: {done:?}"),
                () = first_batch => {}
            }
        }
        let begun = service.accounts.count_users().await.unwrap();
        assert!((1..1_200).contains(&begun), "{begun}");
        assert_eq!(service.accounts.import(&rows).await.unwrap(), 1_200);
        assert_eq!(service.accounts.count_users().await.unwrap(), 1_200);
        let again = service.accounts.import(&rows).await;
        assert!(matches!(again, Err(ImportFault::BadRows(bad)) if bad.len() == 1_200), "all names are taken now");
        assert_eq!(service.fresh.number("SELECT count(*) FROM import_rows").await, 0);
        assert_eq!(service.fresh.number("SELECT count(*) FROM imports").await, 0);
    }

    async fn a_name_that_is_taken_during_an_import_is_named_and_the_rest_comes_in(engine: Engine) {
        let service = Service::start(engine).await;
        let rows: Vec<_> = (0..1_200).map(|n| row(n + 2, &format!("user{n}"), &format!("user{n}@example.org"))).collect();
        let other = async {
            while service.accounts.count_users().await.unwrap() == 0 {
                tokio::task::yield_now().await;
            }
            service.add("USER1199").await;
        };
        let (imported, ()) = tokio::join!(service.accounts.import(&rows), other);
        let Err(ImportFault::TakenMeanwhile { imported, taken }) = imported else { panic!("{imported:?}") };
        assert_eq!((imported, taken.len(), taken[0].line), (1_199, 1, 1_201));
        assert_eq!(service.accounts.count_users().await.unwrap(), 1_200);
    }

    async fn a_list_of_users_comes_in_pages(engine: Engine) {
        let service = Service::start(engine).await;
        let rows: Vec<_> = (0..1_100).map(|n| row(n + 2, &format!("user{n:04}"), &format!("user{n}@example.org"))).collect();
        service.accounts.import(&rows).await.unwrap();
        let (code, all) = command(&service, &["list"], "").await;
        assert_eq!((code, all.lines().count()), (0, 1_101), "a head and every account");
        let (_, listed) = command(&service, &["list", "--json"], "").await;
        let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
        assert_eq!(listed.len(), 1_100);
        assert_eq!(listed[1_099]["name"], "user1099");
        let (_, page) = command(&service, &["list", "--json", "--after", "User0009", "--limit", "2"], "").await;
        let page: Vec<serde_json::Value> = serde_json::from_str(&page).unwrap();
        assert_eq!(page.iter().map(|user| user["name"].as_str().unwrap()).collect::<Vec<_>>(), ["user0010", "user0011"]);
        assert_eq!(command(&service, &["list", "--json", "--after", "user1099"], "").await.1.trim(), "[]");
    }

    async fn an_imported_hash_opens_its_account_and_gets_the_pepper_at_the_first_sign_in(engine: Engine) {
        let service = Service::start(engine).await;
        service.accounts.add_team("ops", "").await.unwrap();
        let file = format!(
            "{{\"name\":\"ada\",\"email\":\"ada@example.org\",\"password_hash\":\"{FOREIGN_HASH}\",\"teams\":[\"ops:owner\"]}}\n"
        );
        let (code, said) = command(&service, &["import", "-", "--format", "jsonl"], &file).await;
        assert_eq!((code, said.as_str()), (0, "Imported 1 account.\n"));
        let as_it_was = "SELECT count(*) FROM accounts WHERE pepper_id IS NULL AND password_phc IS NOT NULL";
        assert_eq!(service.fresh.number(as_it_was).await, 1);
        let member = service.sign_in("ada", "password").await;
        assert_eq!(service.teams(&member).await, Ok(1));
        assert_eq!(service.fresh.number(as_it_was).await, 0);
        service.sign_in("ada", "password").await;
    }

    async fn a_hash_of_every_scheme_opens_its_account_and_is_argon2id_with_the_pepper_afterwards(engine: Engine) {
        let service = Service::start(engine).await;
        let rows = FOREIGN_HASHES.map(|(name, hash)| format!("{name},{name}@example.org,{hash}\r\n"));
        let file = format!("\u{feff}name,email,password_hash\r\n{}", rows.concat());
        let (code, said) = command(&service, &["import", "-", "--format", "csv"], &file).await;
        assert_eq!((code, said.as_str()), (0, "Imported 15 accounts.\n"));
        let foreign = "SELECT count(*) FROM accounts WHERE pepper_id IS NULL OR password_phc NOT LIKE '$argon2id$%'";
        assert_eq!(service.fresh.number(foreign).await, 15);
        // Dovecot would check what it is shown without the pepper, and without counting.
        assert_eq!(service.fresh.number("SELECT count(*) FROM dovecot_users").await, 0);
        for (name, _) in FOREIGN_HASHES {
            assert!(service.try_sign_in(name, "correct hors").await.is_err(), "{name}");
        }
        assert_eq!(service.fresh.number(foreign).await, 15, "a wrong password replaces nothing");
        service.clock.advance_ms(60_000);
        for (name, _) in FOREIGN_HASHES {
            service.sign_in(&format!("{name}@example.org"), "correct horse").await;
        }
        assert_eq!(service.fresh.number(foreign).await, 0);
        assert_eq!(service.fresh.number("SELECT count(*) FROM dovecot_users").await, 0);
        for (name, _) in FOREIGN_HASHES {
            service.sign_in(name, "correct horse").await;
            assert!(service.try_sign_in(name, "correct hors").await.is_err(), "{name}");
        }
    }

    async fn without_a_pepper_other_programs_are_shown_an_imported_argon2id_hash_at_once(engine: Engine) {
        let mut service = Service::start(engine).await;
        let params = HashParams { memory_kib: 256, passes: 1, is_peppered: false, ..HashParams::FLOOR };
        service.accounts = service.another_hashing_at(params).await;
        let rows = FOREIGN_HASHES.map(|(name, hash)| format!("{name},{name}@example.org,{hash}\r\n"));
        let file = format!("name,email,password_hash\r\n{}", rows.concat());
        assert_eq!(command(&service, &["import", "-", "--format", "csv"], &file).await.0, 0);
        // Nothing under `{ARGON2ID}` that it could not check: Django's Argon2id alone, by name and address.
        assert_eq!(service.fresh.number("SELECT count(*) FROM dovecot_users").await, 2);
        assert_eq!(service.fresh.number("SELECT count(*) FROM dovecot_users WHERE username = 'djangoargon2'").await, 2);
        for (name, _) in FOREIGN_HASHES {
            service.sign_in(name, "correct horse").await;
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM dovecot_users").await, 30, "all of them");
    }

    async fn a_file_without_usernames_gets_them_from_the_addresses(engine: Engine) {
        let service = Service::start(engine).await;
        let file = "email;name;teams\nAda.Lovelace+test@example.org;;\ngrace@example.org;hopper@example.net;\nlinus@example.org;tux;\n";
        assert_eq!(command(&service, &["import", "-", "--format", "csv"], file).await.0, 0);
        let (_, listed) = command(&service, &["list", "--json"], "").await;
        let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
        let names: Vec<_> = listed.iter().map(|user| user["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["ada.lovelace-test", "hopper", "tux"]);
        let rows = [
            row(2, "", "barbara@example.org"),
            row(3, "", "barbara@example.net"),
            row(4, "TUX@example.net", "tux@example.net"),
            row(5, "", "admin@example.org"),
            row(6, "", "+@example.org"),
        ];
        let Err(ImportFault::BadRows(bad)) = service.accounts.import(&rows).await else { panic!("imported") };
        assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 4, 5, 6], "{bad:?}");
        for bad in &bad {
            assert!(bad.reason.ends_with("so give the row a `name`"), "{bad:?}");
        }
    }

    async fn a_row_that_cannot_be_read_hides_no_mistake_of_another(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("grace").await;
        let file = "name,email\nada,ada@example.org\nlinus\nGRACE,g@example.org\nada,ada@example.org\n";
        let (rows, unreadable) = (
            [
                row(2, "ada", "ada@example.org"),
                row(4, "GRACE", "g@example.org"),
                row(5, "ada", "ada@example.org"),
            ],
            vec![BadRow { line: 3, reason: "has fewer fields than the header, 1 of 2".into() }],
        );
        let Err(ImportFault::BadRows(bad)) = service.accounts.import_file(&rows, unreadable).await else {
            panic!("imported")
        };
        assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 4, 5], "{bad:?}");
        assert!(bad[0].reason.contains("1 of 2") && bad[1].reason.contains("is taken"), "{bad:?}");
        let twice = "the username `ada` is also in line 2; the address `ada@example.org` is also in line 2";
        assert_eq!(bad[2].reason, twice);
        let (code, said) = command(&service, &["import", "-", "--format", "csv"], file).await;
        assert_eq!((code, said.as_str()), (65, ""));
        assert_eq!(service.accounts.count_users().await.unwrap(), 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM import_rows").await, 0);
    }

    async fn the_command_reads_csv_and_reports_errors_by_line(engine: Engine) {
        let service = Service::start(engine).await;
        service.accounts.add_team("ops", "").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        let file = path.to_str().unwrap();
        std::fs::write(&path, "name,email,display_name,password_hash,teams\nada,ada@example.org,Ada,,ops;ops:owner\nada,b@example.org,,,\n").unwrap();
        assert_eq!(command(&service, &["import", file], "").await.0, 65);
        assert_eq!(service.accounts.count_users().await.unwrap(), 0);
        std::fs::write(&path, "name,email,display_name,password_hash,teams\nada,ada@example.org,Ada Lovelace,,ops:owner\n").unwrap();
        assert_eq!(command(&service, &["import", file], "").await.0, 0);
        assert_eq!(command(&service, &["import", "/nowhere/people.csv"], "").await.0, 66);
        let (code, listed) = command(&service, &["list"], "").await;
        assert_eq!(code, 0);
        assert!(listed.contains("ada   ada@example.org  Ada Lovelace  ops    no password yet"), "{listed}");
    }

    async fn the_commands_add_show_and_disable(engine: Engine) {
        let service = Service::start(engine).await;
        let add = ["add", "ada", "--email", "ada@example.org", "--display-name", "Ada", "--password-stdin"];
        let (code, told) = command(&service, &add, &format!("{FIRST}\nnot this line\n")).await;
        assert_eq!(code, 0);
        assert!(told.starts_with("Added `ada`.\n\nSend this to ada@example.org:\n\n"), "{told}");
        service.sign_in("ada", FIRST).await;
        assert_eq!(command(&service, &add, FIRST).await.0, 1, "the name is taken");
        service.accounts.add_team("ops", "").await.unwrap();
        service.accounts.add_member("ops", "ada", Role::Owner).await.unwrap();
        let (code, shown) = command(&service, &["show", "ada", "--json"], "").await;
        assert_eq!(code, 0);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["emails"][0]["address"], "ada@example.org");
        assert_eq!(shown["teams"][0]["role"], "owner");
        assert!(shown.get("password_phc").is_none());
        assert_eq!(command(&service, &["disable", "ada"], "").await.0, 0);
        assert_eq!(command(&service, &["disable", "ada"], "").await.0, 1);
        assert!(command(&service, &["list"], "").await.1.contains("disabled"));
        assert_eq!(command(&service, &["enable", "ada"], "").await.0, 0);
        assert_eq!(command(&service, &["show", "nobody"], "").await.0, 1);
    }
}
