//! seccomp: the system calls that the server still has (seccomp(2)).
//!
//! Two filters, because they answer differently:
//!
//! - What only an attacker asks for (`execve`, `ptrace`, `mount` and their like) ends the process on the spot with SIGSYS.
//!   The log of the kernel and systemd (`status=31/SYS`) show it.
//! - Anything else that is not in the list answers ENOSYS, as on an older kernel that does not know the call. Libraries
//!   are written for that and take another way; so the next version of glibc, which tries something new first, still
//!   works, and new calls of the kernel are closed until they are wanted. EPERM would be taken for a real refusal.
//!
//! glibc starts threads by clone3(2), whose flags no filter can see. ENOSYS sends it back to clone(2), where new
//! processes are told from new threads.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads,
};

/// Ends the process: other programs, other processes' memory, the kernel, the tree of files, the clock.
const FATAL: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// What Rust's library, tokio, SQLite, aws-lc and the system's library of C use, and the near relatives of that in other
/// versions of them.
const ALLOWED: &[c_long] = &[
    // Files.
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_flock,
    libc::SYS_fcntl,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_utimensat,
    libc::SYS_umask,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    // Memory; mmap and mprotect have conditions.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_mincore,
    libc::SYS_msync,
    libc::SYS_mlock,
    libc::SYS_mlock2,
    libc::SYS_munlock,
    libc::SYS_membarrier,
    // Threads; clone, tgkill and prctl have conditions.
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getpriority,
    libc::SYS_setpriority,
    libc::SYS_getcpu,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Who and where.
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_times,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    // Time.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    // Signals.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    // Waiting.
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    // The network. socket and socketpair have conditions, and listen is missing: the one port is open by then. bind is for
    // the netlink socket by which a name's lookup learns of the machine's addresses; Landlock keeps it from TCP ports.
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
];

/// The same in the numbers of older days, which only this processor still has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_mkdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_eventfd,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_getrlimit,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Names a range of memory, for `/proc/PID/maps` (`linux/prctl.h`).
const PR_SET_VMA: i32 = 0x5356_4d41;

/// Confines every thread of this process.
pub(super) fn confine() -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_| format!("system calls of {} are not known here", std::env::consts::ARCH))?;
    // The kernel takes the stricter answer of the two. The second comes last, because it forbids to add more.
    for program in [fatal(arch), allowed(arch)] {
        let program = program.map_err(|error| format!("the filter of system calls is wrong ({error})"))?;
        apply_filter_all_threads(&program)
            .map_err(|error| format!("seccomp refused the filter of system calls ({error})"))?;
    }
    Ok(())
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn fatal(arch: TargetArch) -> Result<BpfProgram, seccompiler::BackendError> {
    let rules = FATAL.iter().map(|&call| (call, Vec::new())).collect();
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::KillProcess, arch)?.try_into()
}

fn allowed(arch: TargetArch) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: Rules = ALLOWED.iter().chain(OLDER).map(|&call| (call, Vec::new())).collect();
    let thread = word(libc::CLONE_THREAD);
    // No memory becomes executable any more, not even a file's: whoever can write one could have it run else.
    let execute = word(libc::PROT_EXEC);
    rules.insert(libc::SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(thread), thread)?]);
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![when(2, SeccompCmpOp::MaskedEq(execute), 0)?]);
    }
    // abort(3) of this process, no signal to another.
    rules.insert(libc::SYS_tgkill, vec![when(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?]);
    // Limits of this process, not of another.
    rules.insert(libc::SYS_prlimit64, one_of(0, &[0, u64::from(std::process::id())])?);
    rules.insert(
        libc::SYS_prctl,
        one_of(0, &[word(libc::PR_SET_NAME), word(libc::PR_GET_NAME), word(PR_SET_VMA)])?,
    );
    rules.insert(libc::SYS_socket, sockets()?);
    rules.insert(libc::SYS_socketpair, one_of(0, &[word(libc::AF_UNIX)])?);
    // Never TIOCSTI, which types into the operator's terminal.
    let requests =
        [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::TIOCOUTQ, libc::TCGETS, libc::TIOCGWINSZ];
    rules.insert(libc::SYS_ioctl, one_of(1, &requests)?);
    SeccompFilter::new(rules, SeccompAction::Errno(ENOSYS), SeccompAction::Allow, arch)?.try_into()
}

/// TCP and UDP, to relays, directories, databases and name servers; local sockets, to some of these and to the supervisor;
/// and netlink for the machine's own addresses. Not what else the kernel has under the same families: it loads parts of
/// itself that nobody uses for whoever asks for one of these.
fn sockets() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let equals = |argument, value: i32| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, word(value))
    };
    let kind = |kind: i32| {
        SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(SOCK_TYPE_MASK), word(kind))
    };
    let mut rules = vec![
        SeccompRule::new(vec![equals(0, libc::AF_UNIX)?, equals(2, 0)?])?,
        SeccompRule::new(vec![equals(0, libc::AF_NETLINK)?, equals(2, libc::NETLINK_ROUTE)?])?,
    ];
    for family in [libc::AF_INET, libc::AF_INET6] {
        for (of, its_protocol) in
            [(libc::SOCK_STREAM, libc::IPPROTO_TCP), (libc::SOCK_DGRAM, libc::IPPROTO_UDP)]
        {
            // 0 is the same one.
            for protocol in [0, its_protocol] {
                let conditions = vec![equals(0, family)?, kind(of)?, equals(2, protocol)?];
                rules.push(SeccompRule::new(conditions)?);
            }
        }
    }
    Ok(rules)
}

/// The type of a socket without its flags (`linux/net.h`).
const SOCK_TYPE_MASK: u64 = 0xf;

const ENOSYS: u32 = libc::ENOSYS.unsigned_abs();

fn one_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    values.iter().map(|&value| when(argument, SeccompCmpOp::Eq, value)).collect()
}

/// All the arguments that are looked at are of 32 bits for the kernel.
fn when(argument: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)?])
}

fn word(value: i32) -> u64 {
    u64::from(value.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_both_fatal_and_allowed() {
        let conditional =
            [libc::SYS_clone, libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_socket, libc::SYS_socketpair];
        let allowed: Vec<_> = ALLOWED.iter().chain(OLDER).chain(&conditional).collect();
        let both: Vec<_> = FATAL.iter().filter(|call| allowed.contains(call)).collect();
        assert!(both.is_empty(), "{both:?}");
        let mut once = allowed.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), allowed.len(), "a call is named twice");
    }

    const ALLOW: u32 = 0x7fff_0000;
    const NOT_THERE: u32 = 0x0005_0000 | ENOSYS;

    /// What the kernel answers to a call, by running `program` as it does: over a `struct seccomp_data` (seccomp(2)), in those
    /// instructions of BPF that `seccompiler` writes.
    fn answer(program: &BpfProgram, call: c_long, arguments: &[i32]) -> u32 {
        const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;
        let load = |offset: u32| match offset {
            0 => u32::try_from(call).unwrap(),
            4 => AUDIT_ARCH_X86_64,
            // The lower half of each argument; the upper one is 0.
            _ if offset.is_multiple_of(8) => {
                let nth = usize::try_from((offset - 16) / 8).unwrap();
                arguments.get(nth).map_or(0, |argument| argument.cast_unsigned())
            }
            _ => 0,
        };
        let (mut at, mut value) = (0, 0);
        loop {
            let step = &program[at];
            let holds = match step.code {
                0x20 => {
                    value = load(step.k);
                    None
                }
                0x54 => {
                    value &= step.k;
                    None
                }
                0x05 => {
                    at += usize::try_from(step.k).unwrap();
                    None
                }
                0x06 => return step.k,
                0x15 => Some(value == step.k),
                0x25 => Some(value > step.k),
                0x35 => Some(value >= step.k),
                other => panic!("an instruction that nobody expects: {other:#x}"),
            };
            at += 1 + holds.map_or(0, |holds| usize::from(if holds { step.jt } else { step.jf }));
        }
    }

    #[test]
    fn no_memory_becomes_executable() {
        let program = allowed(TargetArch::x86_64).unwrap();
        let (read, write, execute) = (libc::PROT_READ, libc::PROT_WRITE, libc::PROT_EXEC);
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            for protection in [libc::PROT_NONE, read, read | write] {
                assert_eq!(answer(&program, call, &[0, 4096, protection]), ALLOW, "{call} {protection}");
            }
            for protection in [execute, read | execute, write | execute, read | write | execute] {
                assert_eq!(answer(&program, call, &[0, 4096, protection]), NOT_THERE, "{call} {protection}");
            }
        }
        for call in [libc::SYS_pkey_mprotect, libc::SYS_personality, libc::SYS_shmat, libc::SYS_memfd_create]
        {
            assert_eq!(answer(&program, call, &[]), NOT_THERE, "{call}");
        }
    }

    #[test]
    fn sockets_are_of_the_kinds_that_are_used() {
        // linux/in.h, linux/net.h and linux/netlink.h.
        const MPTCP: i32 = 262;
        const DCCP: i32 = 6;
        const NETFILTER: i32 = 12;
        let program = allowed(TargetArch::x86_64).unwrap();
        let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        let (stream, datagram) = (libc::SOCK_STREAM | flags, libc::SOCK_DGRAM | flags);
        let (unix, v4, v6) = (libc::AF_UNIX, libc::AF_INET, libc::AF_INET6);
        for used in [
            [unix, stream, 0],
            [unix, datagram, 0],
            [v4, stream, 0],
            [v4, stream, libc::IPPROTO_TCP],
            [v6, stream, libc::IPPROTO_TCP],
            [v4, datagram, 0],
            [v6, datagram, libc::IPPROTO_UDP],
            [libc::AF_NETLINK, libc::SOCK_RAW | flags, libc::NETLINK_ROUTE],
        ] {
            assert_eq!(answer(&program, libc::SYS_socket, &used), ALLOW, "{used:?}");
        }
        for closed in [
            [v4, libc::SOCK_RAW, libc::IPPROTO_ICMP],
            [v4, datagram, libc::IPPROTO_ICMP],
            [v4, stream, libc::IPPROTO_SCTP],
            [v6, stream, MPTCP],
            [v4, DCCP, 0],
            [libc::AF_NETLINK, libc::SOCK_RAW, NETFILTER],
            [libc::AF_PACKET, libc::SOCK_RAW, 0],
            [libc::AF_VSOCK, stream, 0],
            [libc::AF_ALG, libc::SOCK_SEQPACKET, 0],
            [libc::AF_BLUETOOTH, stream, 0],
        ] {
            assert_eq!(answer(&program, libc::SYS_socket, &closed), NOT_THERE, "{closed:?}");
        }
        assert_eq!(answer(&program, libc::SYS_socketpair, &[unix, stream, 0]), ALLOW);
        assert_eq!(answer(&program, libc::SYS_socketpair, &[libc::AF_TIPC, stream, 0]), NOT_THERE);
    }

    #[test]
    fn the_filters_compile_for_each_processor_that_is_built_for() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            assert!(!fatal(arch).unwrap().is_empty() && !allowed(arch).unwrap().is_empty());
        }
    }
}
