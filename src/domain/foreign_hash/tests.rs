//! Hashes that other programs printed for `correct horse`, and what is refused.

use super::*;
use crate::domain::hash::importable;
use proptest::prelude::*;

const PASSWORD: &str = "correct horse";

/// The program, and what it printed.
const VECTORS: &[(&str, &str)] = &[
    ("openssl passwd -5", "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/"),
    (
        "openssl passwd -6",
        "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
    ),
    (
        "libxcrypt",
        "$6$rounds=1000$saltstringsaltst$k9PULBHOh74am.xc9x/NZqf/NmDrZHtYx3RBBz5bHtGfWF0tHkpnvrjVVciI1oJwnqecVYbKeJQZ2WuOsEHDD0",
    ),
    ("libxcrypt", "$5$rounds=1500$abc$LTUJo9g9TcGjkxppJwl7VgBgn2hcOybCSwIyV3sw9KA"),
    ("libxcrypt", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("libxcrypt", "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"),
    ("libxcrypt", "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("doveadm pw", "{SSHA}2WQ+tHe17EX9C7HnaEC07jBe83fPU2lx"),
    ("doveadm pw", "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="),
    ("doveadm pw", "{SSHA256}MZ+A7JZBSd8+iWEIhUSlecF40re0vO4Kg+zDWiYMcU8xzt9u"),
    (
        "doveadm pw",
        "{SSHA512}P7ytX8SwsQ0I9F2YBn99P20qhM5c6dct1Aom7snuuFOEnwahc5mx9dxUUk14xnwG2LTHQUq0mhmXq9x0ZvI8Qcs+nf4=",
    ),
    ("doveadm pw", "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE="),
    (
        "doveadm pw",
        "{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==",
    ),
    ("doveadm pw", "{BLF-CRYPT}$2y$05$qRlgnasHncON1PXbR6WVb.OJRDv5kFT4MdHt0Tg4cSuPr8kfheLoy"),
    (
        "doveadm pw",
        "{SHA512-CRYPT}$6$Sn/pn7SXQFCiwgdQ$sMOuyh.8M/uHP6CXcdSfHtf/H1m7fgnnf4jzcE41ekajIP/1L0vdVRfEwDWuEtZVqM6kzU95UY8U1GjHctX7Z1",
    ),
    ("doveadm pw", "{SHA256-CRYPT}$5$eSynphmDyb0.sxVA$REV.Dj7NfzaEf1QVjd8phYTAeiWKQ/YlsnzacqyMgJ."),
    ("doveadm pw", "{PBKDF2}$1$g7xoj7e8xR8Z8dTc$1000$c7599223b9909cc8b049d1d2e1891d71a0bb04c8"),
    ("doveadm pw", "{CRYPT}$2y$05$xyqmc.UrOF0ckJaV1SBNauTbWb/B6HJ9iUC65l.FLUwUbhnQc5sbm"),
    ("slappasswd", "{SSHA}dYWPvUiPu9SHf5rEz2yJisz45ojTgzps"),
    ("slappasswd", "{SSHA256}ESNqDE2h07WGDwmO/VUYHd2CQUetAMeTPjxkHMQ6JGNZ6ICIjelO5g=="),
    (
        "slappasswd",
        "{SSHA512}CWusUcuSzXA8XgthgovFiB5DgrqDra984Jx3moSuhSe0NGD1n4JbqdtFzEvUYgEBVaqZmPHb18r94ctDMRQj3rjwGBjJW+R9",
    ),
    ("389-ds pwdhash", "{SSHA}6YDWn0TjN6ihxJZj4HKQ1baoKXhgBRCM0i+m7w=="),
    (
        "389-ds pwdhash",
        "{SSHA384}eVm/JhyWZbYo1SznWgeMxs6mts26QRzZGEzIOPgC1ZzbCSUg0ywUvl6Hr9XCixjYfsfy1EBTTJU=",
    ),
    (
        "389-ds pwdhash",
        "{crypt}$6$mO$A0i6fjzZwaC5fW5VnrK1SxMC/GFUeoZIZabt1czoC/anl45VQwFF50.3W7oeCXwctwm973YRvfPcTwkOQlKw2/",
    ),
    (
        "389-ds pwdhash",
        "{PBKDF2-SHA256}10000$7kOGeM9FudmlfBwVMKtuScBi7jGliubA$1YYCFICSHlvM706Xbf8+Po2IyIoDC22iCzcKoUhut1E=",
    ),
    (
        "389-ds pwdhash",
        "{PBKDF2-SHA512}10000$paSVyEQBHtJF2AA7EE7RYOD6nLyevfxW$+0J7vg5AC2eX/kHvvX7I2tyx+6Y+mzb9dDjXDY2MDi29l/ibyGd2CewarK5rraS6EMGEfIhz4oMyMFDRv9edrg==",
    ),
    ("389-ds pwdhash", "{PBKDF2-SHA1}10000$9vOqP2GNw22HQ9Y7sy9YLGLbiqYti+2D$7bMWabJ7sgoT8GlBqO2pjQfoyfk="),
    (
        "389-ds pwdhash",
        "{PBKDF2_SHA256}AAAgAPuB278zfnxBkRJZtjVmx34shFKGKgteK5KSDYSXJn0YRd3TN0wpy3i4VUX9tPo0J2DiZfDiBjL2ERNH+EyEOETFMPbnAlFGXzXwYLZZLKHh9/uQEQcF5bAjrd/+YsbX/Xd1kSiKVS73MuqPRMpQ9faUIkSxmVVEnxXvU8pUaiXmhh1QRLlIWeq2AQ9zumqQdIG9HR4jseNvmcT3u3Pva+BfdpYkWWUsAQ4QII9G57YJgw+9kRLQd+5YtHHF97LDTR4yNg5Z5ABqxMNC9UeqP5LREgq9AF2yLDvE+hm98z5ufN/HRyMmNOoMY4TXUn4h9SErbUD5t7lo7HfIyhaORZ6nlw1cwSwP2/92q7P+u/91F4dmun3x66tPCp5tlEW1CmD/IIC19j86QPUFahDcDYMq2mjFusUOKKKlWNayEOnK",
    ),
    ("passlib", "$pbkdf2-sha256$1000$PWfM.V8rRYhxDkEohTBmDA$aRzVty8yTesOWbPyn6ZQh0QMCbK5ctU673WLrvrebWg"),
    (
        "passlib",
        "$pbkdf2-sha512$1000$w5gTYizFOOec8/6f05oTgg$4z7fKW29q.hRxF2vXFoCbfjsGcuea4khM6disxj9//yG.js6wvMpW5PJO5NENevpk9hcyWutkHjcJX/B38tzJQ",
    ),
    ("passlib", "$pbkdf2$1000$hLA2hhACQAjhPMe4V6pVyg$kVuRPDOsAokKXPz9OZZ8R4t/Gsg"),
    ("passlib", "{PBKDF2-SHA256}1000$wxhjDGFsbU2pFaJ07t3bmw$AUhdCj92geMw2.qtpHwXd0rbXA1Dn5c2qfOwbmlqhJw"),
    (
        "passlib",
        "{PBKDF2-SHA512}1000$ZAyhlFIKIeQ8xxjDWMvZOw$OoHlVXMTO8KsI.M7f7SfSeXEQwwOQGHp2K2KPhG9fJPjOsKpg.BCYcRjtqzhSnSy6EbCl2bipmrDIB8CXlm0wQ",
    ),
    ("passlib", "{PBKDF2}1000$cA7hPAcg5Pwf4zyHkHKuVQ$eqirbN.v72wotxShxUX/zvYRl4Q"),
    ("Django", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="),
    ("Django", "pbkdf2_sha1$1000$seasalt$iQvkNOF1wEL4Khh8eogJ8rUhipM="),
    ("Django", "bcrypt$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("Django", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq"),
];

fn matches(hash: &str, password: &str) -> bool {
    ForeignHash::parse(hash)
        .unwrap_or_else(|refusal| panic!("{hash}: {refusal}"))
        .matches(password.as_bytes())
}

fn refusal(text: &str) -> HashRefusal {
    importable(text).err().unwrap_or_else(|| panic!("taken: {text}"))
}

#[test]
fn what_other_programs_print_matches_their_password_and_no_other() {
    for (program, hash) in VECTORS {
        assert_eq!(importable(&format!(" {hash}\n")), Ok(*hash), "{program}");
        assert!(matches(hash, PASSWORD), "{program}: {hash}");
        assert!(!matches(hash, "correct hors"), "{program}: {hash}");
        assert!(!matches(hash, ""), "{program}: {hash}");
    }
}

#[test]
fn a_hash_that_was_cut_off_is_damaged() {
    for (program, hash) in VECTORS {
        for cut in [1, 3, hash.len() / 3] {
            let cut = &hash[..hash.trim_end_matches('=').len() - cut];
            // A shorter salt is as good a hash to some schemes, and never matches. A shorter output of PBKDF2 is the beginning of
            // the longer one.
            if let Ok(kept) = importable(cut) {
                let is_beginning = cut.to_ascii_lowercase().contains("pbkdf2") && hash.len() - cut.len() < 6;
                assert!(is_beginning || !matches(kept, PASSWORD), "{program}: {cut}");
            }
        }
    }
    for hash in [
        "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6",
        "$2b$12$bcrypt",
        "$2b$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$6$saltsalt$hRM5XZ86KXEw9",
        "$6$$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
        "$5$rounds=999$abc$LTUJo9g9TcGjkxppJwl7VgBgn2hcOybCSwIyV3sw9KA",
        "$5$rounds=x$abc$LTUJo9g9TcGjkxppJwl7VgBgn2hcOybCSwIyV3sw9KA",
        "{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
        "{SHA}2WQ+tHe17EX9C7HnaEC07jBe83fPU2lx",
        "{SHA}not base64",
        "{PBKDF2}1000$cA7hPAcg5Pwf4zyHkHKuVQ",
        "{PBKDF2}0$cA7hPAcg5Pwf4zyHkHKuVQ$eqirbN.v72wotxShxUX/zvYRl4Q",
        "{PBKDF2}-5$cA7hPAcg5Pwf4zyHkHKuVQ$eqirbN.v72wotxShxUX/zvYRl4Q",
        "{PBKDF2_SHA256}AAAgAPuB278zfnxBkRJZtjVmx34shFKGKgteK5KSDYSXJn0YRd3TN0wpy3i4VUX9",
        "pbkdf2_sha256$1000$seasalt",
    ] {
        assert!(matches!(refusal(hash), HashRefusal::Damaged(_)), "{hash}: {:?}", refusal(hash));
    }
}

#[test]
fn what_cannot_be_kept_is_refused_with_what_to_do() {
    for (text, expected) in [
        ("$1$/yOOXvj5$dp8fjADvAUNwPQlKJSWv1/", HashRefusal::Weak("MD5-crypt")),
        ("$apr1$abc$abc", HashRefusal::Weak("MD5-crypt")),
        ("{MD5-CRYPT}$1$/yOOXvj5$dp8fjADvAUNwPQlKJSWv1/", HashRefusal::Weak("MD5")),
        ("{CRYPT}$1$/yOOXvj5$dp8fjADvAUNwPQlKJSWv1/", HashRefusal::Weak("MD5-crypt")),
        ("{MD5}PLTnMmMfR+brlh80VUt83g==", HashRefusal::Weak("MD5")),
        ("{SMD5}nn2sB9elXAjRg+9fghcOZySmY8E=", HashRefusal::Weak("MD5")),
        ("md5$abc$3cb4e732631f47e6eb961f34554b7cde", HashRefusal::Weak("MD5")),
        ("abJnggxhB/yWI", HashRefusal::Weak("DES-crypt")),
        ("{CRYPT}abJnggxhB/yWI", HashRefusal::Weak("DES-crypt")),
        ("_J9..rasmBYk8r9AiWNc", HashRefusal::Weak("DES-crypt")),
        ("{PLAIN}correct horse", HashRefusal::Unknown),
        ("{CLEARTEXT}correct horse", HashRefusal::Unknown),
        ("correct horse", HashRefusal::Unknown),
        ("hunter2", HashRefusal::Unknown),
        ("$", HashRefusal::Unknown),
        ("{}", HashRefusal::Unknown),
        ("$y$j9T$abc$def", HashRefusal::Unsupported("yescrypt")),
        ("$7$CU..../....abc$def", HashRefusal::Unsupported("scrypt")),
        ("scrypt$16384$abc$8$1$def", HashRefusal::Unsupported("scrypt")),
        (
            "$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
            HashRefusal::Unsupported("a faulty version of bcrypt"),
        ),
        ("!", HashRefusal::Locked),
        ("!!", HashRefusal::Locked),
        ("*", HashRefusal::Locked),
        ("x", HashRefusal::Locked),
        ("!$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9", HashRefusal::Locked),
        ("{CRYPT}!", HashRefusal::Locked),
        ("{SSHA}*", HashRefusal::Locked),
        ("!rKDqh1M4hzF4GqaQ7WcPfGcHk0q9zVBKBJwFRNzB", HashRefusal::Locked),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
        let said = expected.to_string();
        assert!(said.contains("leave it empty"), "{said}");
        assert!(!said.contains("horse") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn one_sign_in_never_takes_a_hashing_thread_for_long() {
    let hash = "hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0";
    let sha_crypt = |rounds: &str| importable(&format!("$6$rounds={rounds}$saltsalt${hash}")).map(drop);
    assert_eq!(sha_crypt("656000"), Ok(()));
    assert!(matches!(sha_crypt("700001"), Err(HashRefusal::TooManyRounds { max: 700_000, .. })));
    assert!(matches!(sha_crypt("999999999"), Err(HashRefusal::TooManyRounds { .. })));
    let bcrypt = |cost: &str| {
        importable(&format!("$2b${cost}$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e")).map(drop)
    };
    assert_eq!(bcrypt("14"), Ok(()));
    let refused = bcrypt("15").unwrap_err();
    assert!(matches!(refused, HashRefusal::TooManyRounds { max: 14, .. }));
    assert!(
        refused.to_string().contains("more than 14 as a bcrypt cost")
            && refused.to_string().contains("leave it empty")
    );
    assert!(matches!(bcrypt("31"), Err(HashRefusal::TooManyRounds { .. })));
    assert!(matches!(bcrypt("99"), Err(HashRefusal::Damaged(_))));
    let pbkdf2 = |iterations: &str| {
        importable(&format!(
            "pbkdf2_sha256${iterations}$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="
        ))
        .map(drop)
    };
    assert_eq!(pbkdf2("1200000"), Ok(()));
    assert_eq!(pbkdf2("1"), Ok(()), "what is too cheap is gone after a sign-in");
    for many in ["2000001", "4294967295", "99999999999999999999"] {
        assert!(matches!(pbkdf2(many), Err(HashRefusal::TooManyRounds { .. })), "{many}");
    }
    // Eight blocks of SHA-256 are eight times the work.
    let of_389 =
        |iterations: u32| Base64Unpadded::encode_string(&[&iterations.to_be_bytes()[..], &[7; 320]].concat());
    assert!(importable(&format!("{{PBKDF2_SHA256}}{}", of_389(250_000))).is_ok());
    let too_many = refusal(&format!("{{PBKDF2_SHA256}}{}", of_389(250_001)));
    assert!(matches!(too_many, HashRefusal::TooManyRounds { .. }), "{too_many:?}");
    // SHA-512 takes twice as long.
    let sha512 = |iterations: &str| {
        importable(&format!(
            "$pbkdf2-sha512${iterations}$w5gTYizFOOec8/6f05oTgg$4z7fKW29q.hRxF2vXFoCbfjsGcuea4khM6disxj9//yG.js6wvMpW5PJO5NENevpk9hcyWutkHjcJX/B38tzJQ"
        ))
        .map(drop)
    };
    assert_eq!(sha512("1000000"), Ok(()));
    assert!(matches!(sha512("1000001"), Err(HashRefusal::TooManyRounds { max: 1_000_000, .. })));
}

#[test]
fn two_forms_that_are_one_to_a_scheme_are_tried_once() {
    let tried = |hash: &str, forms: [&str; 2]| {
        ForeignHash::parse(hash).unwrap().distinct(forms.into_iter().map(str::as_bytes)).len()
    };
    let (decomposed, composed) = ("Zoe\u{308}", "Zo\u{eb}");
    let long = |end: &str| format!("{}{end}", "x".repeat(72));
    let (bcrypt, sha_crypt) = (
        "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
    );
    for (_, hash) in VECTORS {
        assert_eq!(tried(hash, [decomposed, composed]), 2, "{hash}");
        assert_eq!(tried(hash, [composed, composed]), 1, "{hash}");
    }
    assert_eq!(tried(bcrypt, [&long(decomposed), &long(composed)]), 1, "only the first 72 bytes count");
    assert_eq!(tried(sha_crypt, [&long(decomposed), &long(composed)]), 2);
    for hash in [bcrypt, sha_crypt] {
        assert_eq!(tried(hash, ["x\0e\u{308}", "x\0\u{eb}"]), 1, "nothing counts behind a NUL");
    }
    let endless = "e\u{308}".repeat(256);
    assert_eq!(tried(sha_crypt, [&endless, &endless]), 0, "no crypt(3) has ever hashed so much");
    // What only the shorter form can be.
    assert_eq!(tried(sha_crypt, [&endless, &"\u{eb}".repeat(256)]), 1);
    let found = ForeignHash::parse(bcrypt).unwrap();
    assert!(found.matches_one_of(["wrong", PASSWORD].into_iter().map(str::as_bytes)));
    assert!(!found.matches_one_of(["wrong", "Correct horse"].into_iter().map(str::as_bytes)));
}

/// Python's bcrypt 4.0 and libxcrypt.
#[test]
fn bcrypt_reads_72_bytes_and_crypt_ends_at_a_nul_as_they_always_did() {
    let hash = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    assert!(matches(hash, &"x".repeat(100)) && matches(hash, &"x".repeat(72)));
    assert!(!matches(hash, &"x".repeat(71)));
    let hashes = [
        "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
    ];
    for hash in hashes {
        assert!(matches(hash, "correct horse\0and more") && !matches(hash, "correct\0 horse"));
    }
    let sha = "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=";
    assert!(!matches(sha, "correct horse\0and more"));
    // Longer ones take quadratic time, and no crypt(3) has ever made one.
    assert!(!matches(hashes[1], &"x".repeat(513)));
}

/// passlib's form of the parameters in the PHC string format, as `RustCrypto` writes it.
#[test]
fn named_parameters_of_pbkdf2_are_understood() {
    let hash =
        "$pbkdf2-sha256$i=1000,l=32$PWfM+V8rRYhxDkEohTBmDA$aRzVty8yTesOWbPyn6ZQh0QMCbK5ctU673WLrvrebWg";
    assert!(matches(hash, PASSWORD));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        start in prop::sample::select(vec!["", "$2b$04$", "$5$", "$6$rounds=", "{SSHA}", "{PBKDF2}", "{CRYPT}$2a$",
            "pbkdf2_sha256$", "{PBKDF2_SHA256}", "bcrypt_sha256$", "{PBKDF2}$1$", "$pbkdf2-sha512$", "{"]),
        text in any::<String>(),
        password in any::<String>(),
    ) {
        let text = format!("{start}{text}");
        if let Ok(hash) = ForeignHash::parse(&text) {
            hash.matches(password.as_bytes());
        }
    }

    #[test]
    fn no_mutation_of_a_hash_makes_it_panic(
        vector in prop::sample::select(VECTORS.to_vec()),
        at in any::<prop::sample::Index>(),
        by in prop::sample::select(vec!['$', '}', '=', ',', '\0', 'é', '.', '9', '!']),
        password in "\\PC{0,80}",
    ) {
        let mut text: Vec<char> = vector.1.chars().collect();
        let at = at.index(text.len());
        text[at] = by;
        let text: String = text.into_iter().collect();
        // Some mutations only make it slow.
        if let Ok(hash) = ForeignHash::parse(&text).map(|hash| hash.0) {
            let is_cheap = match &hash {
                Scheme::Bcrypt { hash, .. } => hash.contains("$04$"),
                Scheme::ShaCrypt(hash) => !hash.contains("rounds"),
                Scheme::Pbkdf2 { iterations, .. } => iterations.get() <= 10_000,
                Scheme::Digest { .. } => true,
            };
            if is_cheap {
                ForeignHash(hash).matches(password.as_bytes());
            }
        }
    }
}
