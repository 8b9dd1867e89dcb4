/*
 * filter.c -- the system calls of haild's own processes that read what others
 * send: clients (built-in services, the command reader, linger, relays,
 * control processes), programs (the logger), relays (the signer).
 *
 * Each filter names what it allows.  So no process can trace another one, use
 * keyrings, io_uring, BPF, userfaultfd or mounts.
 */

#include <sys/prctl.h>

#include <fcntl.h>

#include "contain/confine.h"
#include "contain/filter_rules.h"

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

int
filter_set(const struct sock_filter *filter, size_t size)
{
	return filter_install(filter, (uint16_t)(size / sizeof(*filter)));
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

	return filter_set(filter, sizeof(filter));
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

	return filter_set(filter, sizeof(filter));
}

int
confine_controlling(int client, int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		ALLOW_WITH(__NR_recvfrom, 0, (unsigned int)client),
		ALLOW_WITH(__NR_write, 0, (unsigned int)client),
		ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)channel),
		/* names of interfaces, in link-local addresses */
		ALLOW_WITH(__NR_socket, 0, AF_UNIX),
		ALLOW_WITH_EITHER_AS(__NR_ioctl, 1, SIOCGIFNAME, SIOCGIFINDEX),
		ALLOW(__NR_close),
		ALLOW_POLLING ALLOW_SOCKETCALL ALLOW_TIME ALLOW_LIBRARY END,
	};

	return filter_set(filter, sizeof(filter));
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

	return filter_set(filter, sizeof(filter));
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

	return filter_set(filter, sizeof(filter));
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

	return filter_set(filter, sizeof(filter));
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

	return filter_set(filter, sizeof(filter));
}
