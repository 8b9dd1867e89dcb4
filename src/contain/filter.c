/*
 * filter.c -- the system calls of haild's own processes that read what others
 * send: clients (built-in services, the command reader, linger, relays,
 * control processes), programs (the logger), relays (the signer).
 *
 * Each filter names what it allows.  So no process can trace another one, use
 * keyrings, io_uring, BPF, userfaultfd or mounts.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>
#include <stddef.h>

#include "contain/confine.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#elif defined(__mips64) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_MIPSEL64
#elif defined(__loongarch64)
#define ARCHITECTURE AUDIT_ARCH_LOONGARCH64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "filter.c does not know this machine's AUDIT_ARCH"
#endif

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The low half of an argument: the calls below take an int there. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif
#define LOAD_ARGUMENT(n)                   \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
	    offsetof(struct seccomp_data, args[n]) + LOW_HALF)
#define EQUALS(value, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
/* Allow if one of BITS is set. */
#define HAS(bits, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (yes), (no))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))

#define ALLOW(call) EQUALS(call, 0, 1), RETURN(SECCOMP_RET_ALLOW)
/* Only with VALUE as argument N. */
#define ALLOW_WITH(call, n, value)                                 \
	EQUALS(call, 0, 4), LOAD_ARGUMENT(n), EQUALS(value, 0, 1), \
	    RETURN(SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_KILL_PROCESS)

/* Allow only with A or B as argument N. */
#define ALLOW_WITH_EITHER_AS(call, n, a, b)                    \
	EQUALS(call, 0, 5), LOAD_ARGUMENT(n), EQUALS(a, 1, 0), \
	    EQUALS(b, 0, 1), RETURN(SECCOMP_RET_ALLOW),        \
	    RETURN(SECCOMP_RET_KILL_PROCESS)
#define ALLOW_WITH_EITHER(call, a, b) ALLOW_WITH_EITHER_AS(call, 0, a, b)

/* getsockopt(2) or setsockopt(2), one option of SOL_SOCKET. */
#define ALLOW_OPTION(call, option)                                             \
	EQUALS(call, 0, 6), LOAD_ARGUMENT(1), EQUALS(SOL_SOCKET, 0, 3),        \
	    LOAD_ARGUMENT(2), EQUALS(option, 0, 1), RETURN(SECCOMP_RET_ALLOW), \
	    RETURN(SECCOMP_RET_KILL_PROCESS)

/* mmap(2) without PROT_EXEC. */
#define ALLOW_MAPPING(call)                                         \
	EQUALS(call, 0, 4), LOAD_ARGUMENT(2), HAS(PROT_EXEC, 1, 0), \
	    RETURN(SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_KILL_PROCESS)

/*
 * When a filter is set, Linux runs it for every number of a system call, to
 * note those that are always allowed.  That is 70 us, three quarters of the
 * cost of setting it, and of no use to a process that makes few calls.  Linux
 * gives up at once on a filter that first loads an argument.
 */
#define BEGINNING                                                 \
	LOAD_ARGUMENT(0), LOAD(arch), EQUALS(ARCHITECTURE, 1, 0), \
	    RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(nr)

/* where the vDSO does not do it */
#ifdef __NR_clock_gettime
#define ALLOW_CLOCK ALLOW(__NR_clock_gettime),
#else
#define ALLOW_CLOCK
#endif
#ifdef __NR_clock_gettime64
#define ALLOW_CLOCK_64 ALLOW(__NR_clock_gettime64),
#else
#define ALLOW_CLOCK_64
#endif

/* a library's memory, random numbers and locks */
#ifdef __NR_mmap2
#define ALLOW_MMAP ALLOW_MAPPING(__NR_mmap2),
#else
#define ALLOW_MMAP ALLOW_MAPPING(__NR_mmap),
#endif
#ifdef __NR_futex
#define ALLOW_FUTEX ALLOW(__NR_futex),
#else
#define ALLOW_FUTEX
#endif
#ifdef __NR_futex_time64
#define ALLOW_FUTEX_64 ALLOW(__NR_futex_time64),
#else
#define ALLOW_FUTEX_64
#endif
/* The address sanitizer calls it before a function that does not return. */
#ifdef __SANITIZE_ADDRESS__
#define ALLOW_SANITIZER ALLOW(__NR_sigaltstack),
#else
#define ALLOW_SANITIZER
#endif
#define ALLOW_LIBRARY                                                    \
	ALLOW_MMAP ALLOW(__NR_munmap), ALLOW(__NR_mremap),               \
	    ALLOW(__NR_madvise), ALLOW(__NR_brk), ALLOW(__NR_getrandom), \
	    ALLOW_FUTEX ALLOW_FUTEX_64 ALLOW_SANITIZER

/* where one system call is for all that sockets can do */
#ifdef __NR_socketcall
#define ALLOW_SOCKETCALL ALLOW(__NR_socketcall),
#else
#define ALLOW_SOCKETCALL
#endif
#ifdef __NR_poll
#define ALLOW_POLL ALLOW(__NR_poll),
#else
#define ALLOW_POLL
#endif
#ifdef __NR_ppoll
#define ALLOW_PPOLL ALLOW(__NR_ppoll),
#else
#define ALLOW_PPOLL
#endif
#ifdef __NR_ppoll_time64
#define ALLOW_PPOLL_64 ALLOW(__NR_ppoll_time64),
#else
#define ALLOW_PPOLL_64
#endif
#define ALLOW_POLLING ALLOW_POLL ALLOW_PPOLL ALLOW_PPOLL_64
#ifdef __NR_time
#define ALLOW_TIME ALLOW(__NR_time),
#else
#define ALLOW_TIME
#endif
#ifdef __NR_sigreturn
#define ALLOW_SIGRETURN ALLOW(__NR_sigreturn), ALLOW(__NR_rt_sigreturn),
#else
#define ALLOW_SIGRETURN ALLOW(__NR_rt_sigreturn),
#endif
#ifdef __NR_fcntl64
#define FCNTL __NR_fcntl64
#else
#define FCNTL __NR_fcntl
#endif

/* What each of them needs; restart_syscall after SIGSTOP and SIGCONT. */
#define END                                                     \
	ALLOW_CLOCK ALLOW_CLOCK_64 ALLOW(__NR_restart_syscall), \
	    ALLOW(__NR_exit_group), RETURN(SECCOMP_RET_KILL_PROCESS)

/*
 * Without SECCOMP_FILTER_FLAG_SPEC_ALLOW: before Linux 5.16 a filter also turns
 * on what protects a process against speculative execution.
 */
int
filter_install(const struct sock_filter *filter, uint16_t len)
{
	const struct sock_fprog program = { len,
		(struct sock_filter *)(uintptr_t)filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int
set_filter(const struct sock_filter *filter, size_t size)
{
	return filter_install(filter, (uint16_t)(size / sizeof(*filter)));
}

int
confine_calls(int peer)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW(__NR_read),
		ALLOW(__NR_write),
		ALLOW_PPOLL ALLOW_PPOLL_64 ALLOW(__NR_close),
		ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)peer),
		ALLOW_WITH(__NR_recvmsg, 0, (unsigned int)peer),
		ALLOW(__NR_shutdown),
		EQUALS(__NR_setsockopt, 0, 6),
		LOAD_ARGUMENT(1),
		EQUALS(IPPROTO_TCP, 0, 3),
		LOAD_ARGUMENT(2),
		EQUALS(TCP_QUICKACK, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		ALLOW_WITH(__NR_ioctl, 1, FIONREAD),
		END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_lingering(int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW_WITH(__NR_recvmsg, 0, (unsigned int)channel),
		ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)channel),
		ALLOW(__NR_recvfrom),
		ALLOW(__NR_shutdown),
		ALLOW(__NR_close),
		ALLOW(__NR_epoll_ctl),
#ifdef __NR_epoll_wait
		ALLOW(__NR_epoll_wait),
#endif
		ALLOW(__NR_epoll_pwait),
		END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_serving(int client, int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW(__NR_recvfrom),
		ALLOW(__NR_sendto),
		ALLOW_POLLING
		    /* datagrams, the channel */
		    ALLOW_WITH_EITHER(__NR_recvmsg, (unsigned int)client,
			(unsigned int)channel),
		ALLOW_WITH_EITHER(
		    __NR_sendmsg, (unsigned int)client, (unsigned int)channel),
		/* the preamble, what a client sends after all was served */
		ALLOW(__NR_read),
		ALLOW_WITH(__NR_ioctl, 1, FIONREAD),
		ALLOW(__NR_shutdown),
		ALLOW_OPTION(__NR_setsockopt, SO_LINGER),
		ALLOW(__NR_close),
		ALLOW(__NR_close_range),
		ALLOW_SOCKETCALL ALLOW_TIME ALLOW_SANITIZER END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_logging(void)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW(__NR_read),
		ALLOW(__NR_write),
		ALLOW(__NR_sendmsg),
		ALLOW_POLLING ALLOW(__NR_getpid),
		ALLOW_WITH_EITHER_AS(FCNTL, 1, F_GETPIPE_SZ, F_SETPIPE_SZ),
		/* syslog was restarted */
		ALLOW(__NR_close),
		ALLOW_WITH(__NR_socket, 0, AF_UNIX),
		ALLOW(__NR_connect),
		/* the end */
		ALLOW(__NR_getppid),
		ALLOW_SIGRETURN ALLOW_SOCKETCALL ALLOW_TIME ALLOW_LIBRARY END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_controlling(int client, int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW_WITH(__NR_recvfrom, 0, (unsigned int)client),
		ALLOW_WITH(__NR_write, 0, (unsigned int)client),
		ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)channel),
		ALLOW_POLLING ALLOW_SOCKETCALL ALLOW_TIME ALLOW_LIBRARY END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_signing(void)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW(__NR_recvmsg),
		ALLOW(__NR_sendmsg),
		ALLOW(__NR_close),
		ALLOW(__NR_epoll_ctl),
#ifdef __NR_epoll_wait
		ALLOW(__NR_epoll_wait),
#endif
		ALLOW(__NR_epoll_pwait),
		ALLOW_LIBRARY END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_answering(void)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW(__NR_read),
		ALLOW(__NR_recvfrom),
		ALLOW(__NR_write),
		ALLOW(__NR_pwritev2),
		ALLOW_POLLING ALLOW(__NR_shutdown),
		ALLOW(__NR_close),
		ALLOW_SOCKETCALL ALLOW_TIME ALLOW_LIBRARY END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_reaping(int report)
{
	struct sock_filter filter[] = {
		BEGINNING,
#ifdef __NR_rt_sigtimedwait
		ALLOW(__NR_rt_sigtimedwait),
#endif
#ifdef __NR_rt_sigtimedwait_time64
		ALLOW(__NR_rt_sigtimedwait_time64),
#endif
		ALLOW(__NR_waitid),
		ALLOW(__NR_kill),
		ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)report),
		ALLOW_WITH(__NR_write, 0, (unsigned int)report),
		ALLOW_SANITIZER END,
	};

	return set_filter(filter, sizeof(filter));
}

int
confine_relaying(int channel, int signer)
{
	struct sock_filter filter[] = {
		BEGINNING,
		/* first what a session does all the time */
		ALLOW_PPOLL ALLOW_PPOLL_64 ALLOW(__NR_recvfrom),
		ALLOW(__NR_sendto),
		ALLOW_WITH_EITHER(
		    __NR_sendmsg, (unsigned int)channel, (unsigned int)signer),
		ALLOW_WITH_EITHER(
		    __NR_recvmsg, (unsigned int)channel, (unsigned int)signer),
		ALLOW(__NR_shutdown),
		ALLOW(__NR_close),
		/* the end of the session */
		ALLOW_WITH(__NR_ioctl, 1, FIONREAD),
		ALLOW_OPTION(__NR_getsockopt, SO_SNDBUF),
		ALLOW_OPTION(__NR_setsockopt, SO_SNDBUF),
		/* the preamble, the files of identities, lingering */
		ALLOW(__NR_read),
		ALLOW(__NR_pread64),
		ALLOW_POLL ALLOW_LIBRARY END,
	};

	return set_filter(filter, sizeof(filter));
}
