//! Password hashing: Argon2 (RFC 9106) in the PHC string format, with a pepper that lives
//! outside the database and is named in the string (`keyid`).
//!
//! The default, 64 MiB and two passes, is three times the minimum of the OWASP Password Storage Cheat
//! Sheet (which is [`HashParams::FLOOR`]) and aims at 80 to 300 ms per hash, well below the second that OWASP
//! allows. One lane is enough because hashes run in parallel anyway. When the parameters are raised, each
//! password is rehashed at its next sign-in.
//!
//! A stored hash can also be one that another program made ([`foreign_hash`](super::foreign_hash)), until the next sign-in.

use std::borrow::Cow;
use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, KeyId, Params, ParamsBuilder, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::foreign_hash::ForeignHash;
use super::password::{Normalised, TypedPassword};

/// Maximum memory of an accepted hash in KiB (1 GiB), so that an import cannot exhaust the server.
pub const MAX_MEMORY_KIB: u32 = 1 << 20;
/// Maximum passes of an accepted hash.
pub const MAX_PASSES: u32 = 20;
/// Maximum lanes of an accepted hash.
pub const MAX_LANES: u32 = 16;
/// Maximum memory of an imported hash in KiB, times its passes.
const MAX_IMPORTED_COST: u64 = 1 << 20;
const TAG_BYTES: usize = 32;
/// Imports with shorter salts or tags are refused.
const MIN_SALT_BYTES: usize = 8;
const MIN_TAG_BYTES: usize = 16;

/// Argon2 cost parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    pub lanes: u32,
    /// Whether the pepper is mixed in. Only hashes without it can be checked by other programs.
    pub is_peppered: bool,
}

impl HashParams {
    /// Minimum for new hashes (OWASP Password Storage Cheat Sheet).
    pub const FLOOR: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1, is_peppered: true };

    /// What new hashes are keyed with.
    fn key(self, pepper: &Pepper) -> Option<&Pepper> {
        self.is_peppered.then_some(pepper)
    }
}

impl Default for HashParams {
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 2, lanes: 1, is_peppered: true }
    }
}

/// The server-side secret mixed into every hash, and its id.
pub struct Pepper {
    id: String,
    key: Zeroizing<[u8; 32]>,
}

impl Pepper {
    pub(super) fn new(id: &str, key: Zeroizing<[u8; 32]>) -> Self {
        Self { id: id.to_owned(), key }
    }

    /// The `keyid` of hashes made with this pepper.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({}, ***)", self.id)
    }
}

/// The working memory of Argon2. Reused between hashes, because page faults are up to half of their cost. What a hash
/// leaves is overwritten by the next one, which writes every block before it reads it; where no other follows at once,
/// call [`HashMemory::wipe`]. Wiping costs a tenth of the hash.
#[derive(Default)]
pub struct HashMemory {
    blocks: Vec<Block>,
    /// How many of them the last hash has left something in.
    used: usize,
    /// How many hashes were computed.
    #[cfg(test)]
    count: usize,
}

impl HashMemory {
    /// Runs `work` on `count` blocks, all of which it overwrites.
    fn with<T>(&mut self, count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        if self.used > count || self.blocks.len() < count {
            self.wipe();
        }
        if self.blocks.len() < count {
            self.blocks.resize(count, Block::new());
        }
        self.used = count;
        #[cfg(test)]
        {
            self.count += 1;
        }
        work(&mut self.blocks[..count])
    }

    /// Wipes what the last hash has left.
    pub fn wipe(&mut self) {
        self.blocks[..self.used].fill(Block::new());
        // Nothing reads the blocks again, so without this the compiler could optimise the wipe away.
        std::hint::black_box(&mut self.blocks);
        self.used = 0;
    }

    /// Frees all of it.
    pub fn free(&mut self) {
        self.wipe();
        self.blocks = Vec::new();
    }

    /// Whether there is nothing to free.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Frees memory beyond `memory_kib`, after a hash with unusual parameters.
    pub fn shrink_to(&mut self, memory_kib: u32) {
        let keep = usize::try_from(memory_kib).unwrap_or(usize::MAX);
        if self.blocks.len() > keep {
            self.wipe();
            self.blocks.truncate(keep);
            self.blocks.shrink_to_fit();
        }
    }
}

#[cfg(test)]
impl HashMemory {
    /// How many Argon2 hashes were computed.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn is_wiped(&self) -> bool {
        self.blocks.iter().all(is_zero)
    }
}

#[cfg(test)]
fn is_zero(block: &Block) -> bool {
    block.as_ref().iter().all(|&word| word == 0)
}

impl Drop for HashMemory {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for HashMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashMemory({} KiB)", self.blocks.len())
    }
}

/// Why a password hash was refused. `Display` is the message that operators see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashRefusal {
    /// Not an Argon2 PHC string.
    #[error("not an Argon2 hash in the PHC format ($argon2id$v=19$m=…,t=…,p=…$salt$hash)")]
    Format,
    /// The parameters exceed the maximum cost.
    #[error(
        "asks for more than 16 lanes, 20 passes, or 1 GiB of memory over all of its passes, so that each sign-in would take \
         seconds; leave it empty to let its owner set a password with *Forgot your password?*"
    )]
    TooCostly,
    /// The salt or the hash is too short to be safe.
    #[error("its salt is shorter than 8 bytes or its hash shorter than 16")]
    TooShort,
    /// Made with a secret key or associated data that this portal does not have.
    #[error("was made with a secret key or associated data that this portal does not have")]
    ForeignKey,
    /// Plain text, or a scheme that nobody has heard of.
    #[error(
        "is plain text, or of a scheme that is not known here: Argon2, bcrypt, SHA-crypt ($5$, $6$), PBKDF2 and {{SSHA}} with \
         its relatives are; leave it empty to let its owner set a password with *Forgot your password?*"
    )]
    Unknown,
    /// Can be tried by the billion.
    #[error(
        "is {0}, which is guessed too fast to be kept; leave it empty to let its owner set a password with *Forgot your \
         password?*"
    )]
    Weak(&'static str),
    /// A scheme that nothing here computes.
    #[error(
        "is {0}, which cannot be checked here; leave it empty to let its owner set a password with *Forgot your password?*"
    )]
    Unsupported(&'static str),
    /// A mark, not a hash.
    #[error(
        "marks an account without a password, or a locked one; leave it empty to let its owner set a password with *Forgot \
         your password?*, and disable who is not to get in, with `user disable`, after the import"
    )]
    Locked,
    /// Cut off, altered, or with parameters that its scheme does not have.
    #[error("begins like {0}, but is cut off or damaged")]
    Damaged(&'static str),
    /// One sign-in would take several seconds.
    #[error(
        "asks for more than {max} as {of}, so that each sign-in would take seconds; leave it empty to let its owner set a \
         password with *Forgot your password?*"
    )]
    TooManyRounds { of: &'static str, max: u32 },
}

/// A parsed PHC string.
struct ParsedHash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    tag: Output,
}

/// Hashes `password` with Argon2id version 19 and a 32-byte tag. Takes tens to hundreds of milliseconds,
/// so never call it on an async runtime thread.
///
/// # Errors
/// [`HashRefusal::Format`] if Argon2 rejects the parameters.
pub fn hash(
    password: &Normalised,
    salt: [u8; 16],
    params: HashParams,
    pepper: &Pepper,
    memory: &mut HashMemory,
) -> Result<String, HashRefusal> {
    let unhashed = ParsedHash::new(salt, params, pepper)?;
    let tag = unhashed.compute(password.as_bytes(), params.key(pepper), memory)?;
    unhashed.with_tag(&tag)
}

/// A hash that no password matches, because its tag is random `noise`. Verifying against it costs the same as
/// verifying a real one, which hides whether an account exists.
///
/// # Errors
/// [`HashRefusal::Format`] if Argon2 rejects the parameters.
pub fn dummy(
    salt: [u8; 16],
    noise: [u8; 32],
    params: HashParams,
    pepper: &Pepper,
) -> Result<String, HashRefusal> {
    ParsedHash::new(salt, params, pepper)?.with_tag(&noise)
}

/// How a password matches a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// In the form that new hashes are made of, and by our own scheme.
    Own,
    /// By another scheme, or only as it was typed: it should be hashed again.
    Foreign,
    /// It is not the password.
    None,
}

/// Whether `typed` matches the hash `stored`, of whichever scheme. `pepper` must be the one that [`pepper_id`] names,
/// `None` for a hash without one.
///
/// What a wrong password costs must not tell accounts apart. It is one Argon2 hash, of `dummy` where the stored hash
/// is of another scheme; two of them if what was typed is not in NFC, whoever is asked for. What is left: the other
/// scheme takes its time on top, so that somebody who measures can tell an account with an expensive foreign hash
/// (bcrypt, many rounds) from others, until its owner signs in.
pub fn verify(
    stored: &str,
    typed: &TypedPassword,
    pepper: Option<&Pepper>,
    dummy: (&str, &Pepper),
    memory: &mut HashMemory,
) -> Result<Match, HashRefusal> {
    if let Some(phc) = argon2_phc(stored) {
        if verify_argon2(phc, typed.normalised().as_bytes(), pepper, memory)? {
            return Ok(Match::Own);
        }
        let matches = match typed.unnormalised() {
            Some(raw) => verify_argon2(phc, raw, pepper, memory)?,
            None => false,
        };
        return Ok(if matches { Match::Foreign } else { Match::None });
    }
    let foreign = ForeignHash::parse(stored)?;
    let forms = || typed.unnormalised().into_iter().chain([typed.normalised().as_bytes()]);
    if foreign.matches_one_of(forms()) {
        return Ok(Match::Foreign);
    }
    let (dummy, pepper) = dummy;
    for form in forms() {
        verify_argon2(dummy, form, pepper_id(dummy).map(|_| pepper), memory)?;
    }
    Ok(Match::None)
}

fn is_argon2(stored: &str) -> bool {
    stored.starts_with("$argon2")
}

/// Whether `password` matches the Argon2 hash `phc`. As slow as [`hash`].
fn verify_argon2(
    phc: &str,
    password: &[u8],
    pepper: Option<&Pepper>,
    memory: &mut HashMemory,
) -> Result<bool, HashRefusal> {
    let stored = ParsedHash::parse(phc)?;
    if pepper_id(phc).as_deref() != pepper.map(Pepper::id) {
        return Err(HashRefusal::ForeignKey);
    }
    let tag = stored.compute(password, pepper, memory)?;
    Ok(verify_slices_are_equal(&tag, stored.tag.as_bytes()).is_ok())
}

/// The id of the pepper that `phc` was made with; `None` for an imported hash, and where hashes have none.
#[must_use]
pub fn pepper_id(phc: &str) -> Option<String> {
    let stored = ParsedHash::parse(phc).ok()?;
    let id = std::str::from_utf8(stored.params.keyid()).ok()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// Whether `phc` should be replaced at the next sign-in: it uses another algorithm, cheaper parameters, a
/// short salt or tag, or a pepper other than the current one where there should be one, or one where there should be none.
#[must_use]
pub fn needs_rehash(phc: &str, params: HashParams, pepper: &Pepper) -> bool {
    let Ok(stored) = ParsedHash::parse(phc) else { return true };
    let cost = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
    stored.algorithm != Algorithm::Argon2id
        || stored.version != Version::V0x13
        || stored.params.m_cost() < params.memory_kib
        || cost(stored.params.m_cost(), stored.params.t_cost()) < cost(params.memory_kib, params.passes)
        || stored.salt.len() < 16
        || stored.tag.len() < TAG_BYTES
        || stored.params.keyid() != params.key(pepper).map_or(&[][..], |pepper| pepper.id.as_bytes())
}

/// What is to be stored of `text`, if that is a hash that can be imported: one of a known foreign scheme, or any Argon2
/// variant within the maximum cost, made without a secret key.
pub fn importable(text: &str) -> Result<&str, HashRefusal> {
    let text = text.trim();
    match argon2_phc(text) {
        Some(phc) => check_argon2(phc).map(|()| phc),
        None => ForeignHash::parse(text).map(|_| text),
    }
}

/// An importable hash as it is stored where new hashes are peppered or not. The view `dovecot_users` has every bare
/// Argon2id hash without a pepper, for other programs to check, so where there is to be one, a foreign hash is kept behind
/// the name of its scheme until the next sign-in makes one of our own of it.
#[must_use]
pub fn stored_import(hash: &str, is_peppered: bool) -> Cow<'_, str> {
    if is_peppered && is_argon2(hash) { Cow::Owned(format!("{{ARGON2}}{hash}")) } else { Cow::Borrowed(hash) }
}

/// The PHC string in `text`. Other programs write the name of the scheme before it: `OpenLDAP` (slapd-pw-argon2(5)) and
/// Dovecot `{ARGON2}` or `{ARGON2ID}`, Django `argon2`.
fn argon2_phc(text: &str) -> Option<&str> {
    const SCHEMES: [&str; 6] = ["", "{ARGON2}", "{ARGON2I}", "{ARGON2D}", "{ARGON2ID}", "argon2"];
    let (scheme, phc) = text.split_at(text.find('$')?);
    let is_known = SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    (is_known && is_argon2(phc)).then_some(phc)
}

fn check_argon2(phc: &str) -> Result<(), HashRefusal> {
    let stored = ParsedHash::parse(phc)?;
    if u64::from(stored.params.m_cost()) * u64::from(stored.params.t_cost()) > MAX_IMPORTED_COST {
        return Err(HashRefusal::TooCostly);
    }
    let has_foreign_key = !stored.params.keyid().is_empty() || !stored.params.data().is_empty();
    if has_foreign_key { Err(HashRefusal::ForeignKey) } else { Ok(()) }
}

impl ParsedHash {
    /// An Argon2id hash whose tag is not computed yet.
    fn new(salt: [u8; 16], params: HashParams, pepper: &Pepper) -> Result<Self, HashRefusal> {
        Ok(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            salt: Salt::new(&salt).map_err(|_| HashRefusal::Format)?,
            tag: Output::new(&[0; TAG_BYTES]).map_err(|_| HashRefusal::Format)?,
            params: with_key_id(params, pepper).ok_or(HashRefusal::Format)?,
        })
    }

    fn parse(phc: &str) -> Result<Self, HashRefusal> {
        let read = PasswordHash::new(phc).map_err(|_| HashRefusal::Format)?;
        let algorithm = Algorithm::try_from(read.algorithm.as_str()).map_err(|_| HashRefusal::Format)?;
        let version = match read.version {
            // The reference decoder treats a missing version as the oldest one.
            None => Version::V0x10,
            Some(version) => Version::try_from(version).map_err(|_| HashRefusal::Format)?,
        };
        let all_named = ["m", "t", "p"].iter().all(|name| read.params.get_decimal(*name).is_some());
        let params = Params::try_from(&read).map_err(|_| HashRefusal::Format)?;
        let (Some(salt), Some(tag), true) = (read.salt, read.hash, all_named) else {
            return Err(HashRefusal::Format);
        };
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return Err(HashRefusal::TooCostly);
        }
        if salt.len() < MIN_SALT_BYTES || tag.len() < MIN_TAG_BYTES {
            return Err(HashRefusal::TooShort);
        }
        Ok(Self { algorithm, version, params, salt, tag })
    }

    fn compute(
        &self,
        password: &[u8],
        pepper: Option<&Pepper>,
        memory: &mut HashMemory,
    ) -> Result<Zeroizing<Vec<u8>>, HashRefusal> {
        let secret = pepper.map_or(&[][..], |pepper| &pepper.key[..]);
        let argon2 = Argon2::new_with_secret(secret, self.algorithm, self.version, self.params.clone())
            .map_err(|_| HashRefusal::Format)?;
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        memory
            .with(self.params.block_count(), |blocks| {
                argon2.hash_password_into_with_memory(password, &self.salt, &mut tag, blocks)
            })
            .map_err(|_| HashRefusal::Format)?;
        Ok(tag)
    }

    fn with_tag(self, tag: &[u8]) -> Result<String, HashRefusal> {
        let whole = PasswordHash {
            algorithm: self.algorithm.ident(),
            version: Some(self.version.into()),
            params: ParamsString::try_from(&self.params).map_err(|_| HashRefusal::Format)?,
            salt: Some(self.salt),
            hash: Some(Output::new(tag).map_err(|_| HashRefusal::Format)?),
        };
        Ok(whole.to_string())
    }
}

fn with_key_id(params: HashParams, pepper: &Pepper) -> Option<Params> {
    let mut builder = ParamsBuilder::new();
    builder.m_cost(params.memory_kib).t_cost(params.passes).p_cost(params.lanes).output_len(TAG_BYTES);
    if let Some(pepper) = params.key(pepper) {
        builder.keyid(KeyId::new(pepper.id.as_bytes()).ok()?);
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashParams = HashParams { memory_kib: 64, passes: 1, lanes: 1, is_peppered: true };

    fn pepper(id: &str) -> Pepper {
        Pepper::new(id, Zeroizing::new([9; 32]))
    }

    fn password(text: &str) -> Normalised {
        Normalised::typed(text).unwrap()
    }

    #[test]
    fn only_the_same_password_and_pepper_match_a_hash() {
        let memory = &mut HashMemory::default();
        let phc = hash(&password("correct horse"), [1; 16], CHEAP, &pepper("k1"), memory).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1,keyid="), "{phc}");
        assert_eq!(pepper_id(&phc).as_deref(), Some("k1"));
        assert_eq!(
            verify_argon2(&phc, password("correct horse").as_bytes(), Some(&pepper("k1")), memory),
            Ok(true)
        );
        assert_eq!(
            verify_argon2(&phc, password("Correct horse").as_bytes(), Some(&pepper("k1")), memory),
            Ok(false)
        );
        let other = Pepper::new("k1", Zeroizing::new([8; 32]));
        assert_eq!(
            verify_argon2(&phc, password("correct horse").as_bytes(), Some(&other), memory),
            Ok(false)
        );
        assert_eq!(
            verify_argon2(&phc, password("correct horse").as_bytes(), None, memory),
            Err(HashRefusal::ForeignKey)
        );
        assert_eq!(
            verify_argon2(&phc, password("correct horse").as_bytes(), Some(&pepper("k2")), memory),
            Err(HashRefusal::ForeignKey)
        );
    }

    /// Vectors of the reference implementation (phc-winner-argon2, src/test.c).
    #[test]
    fn hashes_of_other_implementations_verify() {
        let memory = &mut HashMemory::default();
        for phc in [
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
        ] {
            assert_eq!(importable(phc), Ok(phc), "{phc}");
            assert_eq!(verify_argon2(phc, password("password").as_bytes(), None, memory), Ok(true), "{phc}");
            assert_eq!(verify_argon2(phc, password("passwore").as_bytes(), None, memory), Ok(false), "{phc}");
            assert!(needs_rehash(phc, CHEAP, &pepper("k1")));
        }
    }

    /// F77.
    #[test]
    fn the_scheme_that_other_programs_write_before_a_hash_is_understood() {
        let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for scheme in ["{ARGON2}", "{argon2}", "{ARGON2ID}", "argon2", " "] {
            assert_eq!(importable(&format!("{scheme}{phc}")), Ok(phc), "{scheme}");
        }
        for scheme in ["{SSHA}", "bcrypt", "{ARGON2}{ARGON2}", "x"] {
            assert!(importable(&format!("{scheme}{phc}")).is_err(), "{scheme}");
        }
    }

    #[test]
    fn an_imported_argon2_hash_is_kept_behind_its_scheme_where_there_is_a_pepper() {
        let phc =
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MdQPpCqi4JvnhMhVcG3fWjgKXNLjjM7UgnuGwJTki5I";
        assert_eq!(stored_import(phc, false), phc);
        assert_eq!(stored_import(SSHA, true), SSHA);
        let kept = stored_import(phc, true);
        assert!(!kept.starts_with('$') && kept.ends_with(phc), "{kept}");
        assert_eq!(checked(&kept, "Zoe\u{308}"), checked(phc, "Zoe\u{308}"));
        assert_eq!(checked(&kept, "wrong"), (Match::None, 1));
        assert!(needs_rehash(&kept, HashParams { is_peppered: false, ..CHEAP }, &pepper("k1")));
    }

    #[test]
    fn an_import_that_is_too_costly_or_could_never_match_is_refused() {
        let of = |params: &str| {
            importable(&format!(
                "$argon2id$v=19${params}$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
            ))
            .map(drop)
        };
        assert_eq!(of("m=65536,t=2,p=1"), Ok(()));
        assert_eq!(of("m=4194304,t=2,p=1"), Err(HashRefusal::TooCostly));
        assert_eq!(of("m=65536,t=1000000,p=1"), Err(HashRefusal::TooCostly));
        assert_eq!(of("m=65536,t=2,p=17"), Err(HashRefusal::TooCostly));
        assert_eq!((of("m=1048576,t=1,p=4"), of("m=65536,t=16,p=4")), (Ok(()), Ok(())));
        assert_eq!(of("m=1048576,t=2,p=4"), Err(HashRefusal::TooCostly));
        assert_eq!(of("m=65536,t=17,p=4"), Err(HashRefusal::TooCostly));
        assert!(HashRefusal::TooCostly.to_string().contains("leave it empty"));
        assert_eq!(of("m=65536,t=2,p=1,keyid=azE"), Err(HashRefusal::ForeignKey));
        assert_eq!(of("t=2,p=1"), Err(HashRefusal::Format));
        assert_eq!(of("m=65536,t=2"), Err(HashRefusal::Format));
        assert_eq!(importable("$argon2id$v=19$m=65536,t=2,p=1$c29tc2FsdA"), Err(HashRefusal::Format));
        let short = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMa";
        assert_eq!(importable(short), Err(HashRefusal::TooShort));
    }

    #[test]
    fn only_weaker_or_differently_peppered_hashes_need_a_rehash() {
        let memory = &mut HashMemory::default();
        let phc = hash(&password("x"), [1; 16], CHEAP, &pepper("k1"), memory).unwrap();
        assert!(!needs_rehash(&phc, CHEAP, &pepper("k1")));
        assert!(needs_rehash(&phc, CHEAP, &pepper("k2")));
        assert!(needs_rehash(&phc, HashParams { memory_kib: 128, ..CHEAP }, &pepper("k1")));
        assert!(needs_rehash(&phc, HashParams { passes: 2, ..CHEAP }, &pepper("k1")));
        assert!(needs_rehash("junk", CHEAP, &pepper("k1")));
    }

    #[test]
    fn nothing_matches_the_dummy_hash_and_it_costs_the_same() {
        let memory = &mut HashMemory::default();
        let phc = dummy([1; 16], [2; 32], CHEAP, &pepper("k1")).unwrap();
        assert_eq!(verify_argon2(&phc, password("").as_bytes(), Some(&pepper("k1")), memory), Ok(false));
        assert!(!needs_rehash(&phc, CHEAP, &pepper("k1")));
    }

    fn with(memory_kib: u32, lanes: u32) -> HashParams {
        HashParams { memory_kib, lanes, ..CHEAP }
    }

    fn hash_into(memory: &mut HashMemory, params: HashParams) -> String {
        hash(&password("x"), [1; 16], params, &pepper("k1"), memory).unwrap()
    }

    #[test]
    fn what_a_hash_leaves_is_wiped_or_freed() {
        let memory = &mut HashMemory::default();
        hash_into(memory, CHEAP);
        assert!(!memory.is_wiped() && memory.blocks.len() == 64);
        memory.wipe();
        assert!(memory.is_wiped() && memory.blocks.len() == 64, "it is kept");
        hash_into(memory, CHEAP);
        hash_into(memory, with(16, 1));
        assert!(memory.blocks[16..].iter().all(is_zero), "a smaller hash does not overwrite them");
        memory.shrink_to(8);
        assert!(memory.is_wiped() && memory.blocks.len() == 8);
    }

    #[test]
    fn what_a_hash_leaves_changes_nothing_of_the_next() {
        let used = &mut HashMemory::default();
        for (memory_kib, lanes) in [(64, 1), (128, 2), (32, 4), (8, 1), (100, 3), (64, 1)] {
            let params = with(memory_kib, lanes);
            assert_eq!(hash_into(used, params), hash_into(&mut HashMemory::default(), params));
        }
        for algorithm in ["argon2i$v=19", "argon2d$v=19", "argon2id$v=16", "argon2i$v=16"] {
            let phc = format!(
                "${algorithm}$m=48,t=3,p=2$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
            );
            let [tag, fresh] = [&mut *used, &mut HashMemory::default()].map(|memory| {
                ParsedHash::parse(&phc).unwrap().compute(password("x").as_bytes(), None, memory)
            });
            assert_eq!(tag, fresh, "{algorithm}");
        }
    }

    #[test]
    fn passwords_that_are_equal_in_nfc_match() {
        let memory = &mut HashMemory::default();
        let phc = hash(&password("Zoe\u{308}"), [1; 16], CHEAP, &pepper("k1"), memory).unwrap();
        assert_eq!(
            verify_argon2(&phc, password("Zo\u{eb}").as_bytes(), Some(&pepper("k1")), memory),
            Ok(true)
        );
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", pepper("k1")), "Pepper(k1, ***)");
    }

    const SSHA: &str = "{SSHA}2WQ+tHe17EX9C7HnaEC07jBe83fPU2lx";

    fn typed(text: &str) -> TypedPassword {
        TypedPassword::new(text).unwrap()
    }

    /// What a check of `text` comes to, and how many Argon2 hashes it takes.
    fn checked(stored: &str, text: &str) -> (Match, usize) {
        let memory = &mut HashMemory::default();
        let dummy = dummy([1; 16], [2; 32], CHEAP, &pepper("k1")).unwrap();
        let key = pepper("k1");
        let pepper = pepper_id(stored).map(|_| &key);
        let found = verify(stored, &typed(text), pepper, (&dummy, &key), memory).unwrap();
        (found, memory.count())
    }

    #[test]
    fn a_wrong_password_takes_as_many_argon2_hashes_whatever_is_stored() {
        let own = hash_into(&mut HashMemory::default(), CHEAP);
        let bare = hash_into(&mut HashMemory::default(), HashParams { is_peppered: false, ..CHEAP });
        for stored in [&own, &bare, SSHA] {
            assert_eq!(checked(stored, "wrong"), (Match::None, 1), "{stored}");
            assert_eq!(checked(stored, "wro\u{308}ng"), (Match::None, 2), "{stored}");
        }
        assert_eq!(checked(&own, "x"), (Match::Own, 1));
        assert_eq!(checked(SSHA, "correct horse"), (Match::Foreign, 0));
        assert!(needs_rehash(SSHA, CHEAP, &pepper("k1")) && pepper_id(SSHA).is_none());
    }

    /// Of `Zoe\u{308}` in NFD, by Python's argon2-cffi and hashlib.
    #[test]
    fn a_foreign_hash_matches_what_was_typed_and_its_normalised_form() {
        let decomposed = [
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MdQPpCqi4JvnhMhVcG3fWjgKXNLjjM7UgnuGwJTki5I",
            "{SHA}EjsX4ZZ54YxLAm1L/QFixMhcmPM=",
        ];
        for stored in decomposed {
            assert_eq!(checked(stored, "Zoe\u{308}").0, Match::Foreign, "{stored}");
            assert_eq!(checked(stored, "Zo\u{eb}").0, Match::None, "{stored}");
        }
        let composed = "{SHA}R3GntH2zpaMe0eQ3XpHnzcZ1Bgs=";
        assert_eq!(checked(composed, "Zoe\u{308}"), (Match::Foreign, 0));
        assert_eq!(checked(composed, "Zo\u{eb}"), (Match::Foreign, 0));
    }
}
