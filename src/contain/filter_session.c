/*
 * filter_session.c -- the system calls of the processes that serve one client:
 * built-in services, the command reader, forwarding sessions.  See filter.c.
 */

#include <sys/prctl.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "contain/confine.h"
#include "contain/filter_rules.h"

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

	return filter_set(filter, sizeof(filter));
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

	return filter_set(filter, sizeof(filter));
}

int
confine_connecting(int channel, int later)
{
	struct sock_filter filter[] = {
		BEGINNING,
		/* the preamble */
		ALLOW(__NR_read),
		ALLOW(__NR_recvfrom),
		ALLOW(__NR_sendto),
		ALLOW_POLLING ALLOW_WITH(
		    __NR_recvmsg, 0, (unsigned int)channel),
		ALLOW_WITH_EITHER(
		    __NR_sendmsg, (unsigned int)channel, (unsigned int)later),
		ALLOW_WITH(__NR_ioctl, 1, FIONREAD),
		ALLOW(__NR_shutdown),
		/* the target */
		ALLOW(__NR_socket),
		ALLOW(__NR_bind),
		ALLOW(__NR_connect),
		ALLOW(__NR_setsockopt),
		ALLOW(__NR_getsockopt),
		ALLOW(__NR_getsockname),
		ALLOW(__NR_getpeername),
		ALLOW(__NR_chdir),
		ALLOW(__NR_fchdir),
		ALLOW(FCNTL),
		ALLOW(__NR_dup3),
#ifdef __NR_dup2
		ALLOW(__NR_dup2),
#endif
		ALLOW(__NR_close),
		ALLOW(__NR_close_range),
		/* the next filter */
		ALLOW_WITH(__NR_prctl, 0, PR_SET_SECCOMP),
		ALLOW(__NR_splice),
		ALLOW(__NR_pipe2),
		ALLOW_SIGRETURN ALLOW_SOCKETCALL ALLOW_TIME ALLOW_LIBRARY END,
	};

	return filter_set(filter, sizeof(filter));
}

int
confine_forwarding(int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		/* first what a session does all the time */
		ALLOW(__NR_recvfrom),
		ALLOW(__NR_sendto),
		ALLOW_POLLING ALLOW(__NR_splice),
		ALLOW(__NR_pipe2),
		ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)channel),
		ALLOW(__NR_shutdown),
		ALLOW_OPTION(__NR_setsockopt, SO_LINGER),
		ALLOW(__NR_close),
		ALLOW_SIGRETURN ALLOW_SOCKETCALL ALLOW_TIME ALLOW_SANITIZER END,
	};

	return filter_set(filter, sizeof(filter));
}
