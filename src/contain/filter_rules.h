/*
 * filter_rules.h -- what the filters of haild's own processes are made of.
 *
 * Only for filter.c and filter_session.c.
 */

#ifndef FILTER_RULES_H
#define FILTER_RULES_H

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <stddef.h>

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

/* Install FILTER, whose array has SIZE bytes.  Returns 0, or -1 with errno. */
int filter_set(const struct sock_filter *filter, size_t size);

#endif
