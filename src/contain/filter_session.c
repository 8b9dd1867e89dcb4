/*
 * filter_session.c -- the system calls of the processes that serve one client:
 * built-in services, the command reader, forwarding sessions.  See filter.c.
 */

#include <sys/prctl.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <linux/sockios.h>

#include <fcntl.h>

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

/*
 * The calls of a forwarding session in each phase.
 * sendto(2) without an address (its length is 0): with MSG_FASTOPEN, it would
 * connect a TCP socket that was reset.
 */
#define COPYING                                                        \
	ALLOW(__NR_recvfrom), ALLOW_WITH(__NR_sendto, 5, 0),           \
	    ALLOW_POLLING ALLOW(__NR_splice), ALLOW(__NR_pipe2),       \
	    ALLOW_WITH(__NR_sendmsg, 0, (unsigned int)channel),        \
	    ALLOW(__NR_read), ALLOW(__NR_shutdown), ALLOW(__NR_close), \
	    ALLOW(__NR_rt_sigprocmask),                                \
	    ALLOW_SIGRETURN ALLOW_SOCKETCALL ALLOW_TIME ALLOW_SANITIZER

/* socket(2), only a stream of IPv4, IPv6 or the Unix domain. */
#define ALLOW_STREAMS                                                         \
	EQUALS(__NR_socket, 0, 9), LOAD_ARGUMENT(1),                          \
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf), /* without its flags */ \
	    EQUALS(SOCK_STREAM, 0, 4), LOAD_ARGUMENT(0),                      \
	    EQUALS(AF_UNIX, 3, 0), EQUALS(AF_INET, 2, 0),                     \
	    EQUALS(AF_INET6, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),         \
	    RETURN(SECCOMP_RET_ALLOW)

/* setsockopt(2), only what connecting and copying need. */
#define ALLOW_CONNECT_OPTIONS                                                 \
	EQUALS(__NR_setsockopt, 0, 18), LOAD_ARGUMENT(1),                     \
	    EQUALS(IPPROTO_TCP, 0, 6), LOAD_ARGUMENT(2),                      \
	    EQUALS(TCP_NODELAY, 12, 0), EQUALS(TCP_KEEPIDLE, 11, 0),          \
	    EQUALS(TCP_KEEPINTVL, 10, 0), EQUALS(TCP_KEEPCNT, 9, 0),          \
	    EQUALS(TCP_USER_TIMEOUT, 8, 9), EQUALS(IPPROTO_IP, 5, 0),         \
	    EQUALS(SOL_SOCKET, 0, 7), LOAD_ARGUMENT(2),                       \
	    EQUALS(SO_SNDTIMEO, 4, 0), EQUALS(SO_LINGER, 3, 0),               \
	    EQUALS(SO_KEEPALIVE, 2, 3), LOAD_ARGUMENT(2),                     \
	    EQUALS(IP_BIND_ADDRESS_NO_PORT, 0, 1), RETURN(SECCOMP_RET_ALLOW), \
	    RETURN(SECCOMP_RET_KILL_PROCESS)

/* fcntl(2), to connect, and to change the size of a pipe. */
#define ALLOW_CONNECT_FCNTL                                           \
	EQUALS(FCNTL, 0, 6), LOAD_ARGUMENT(1), EQUALS(F_GETFL, 2, 0), \
	    EQUALS(F_SETFL, 1, 0), EQUALS(F_SETPIPE_SZ, 0, 1),        \
	    RETURN(SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_KILL_PROCESS)

/*
 * A system call must pass all filters, so this one allows also what
 * confine_forwarding and confine_serving do.
 */
int
confine_connecting(int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		COPYING
		    /* the preamble, and the end of a client without a target */
		    ALLOW_WITH(__NR_recvmsg, 0, (unsigned int)channel),
		ALLOW_WITH_EITHER_AS(__NR_ioctl, 1, FIONREAD, SIOCOUTQ),
		/* the target */
		ALLOW_STREAMS,
		ALLOW(__NR_bind),
		ALLOW(__NR_connect),
		ALLOW_CONNECT_OPTIONS,
		ALLOW_OPTION(__NR_getsockopt, SO_ERROR),
		ALLOW(__NR_chdir),
		ALLOW(__NR_fchdir),
		ALLOW_CONNECT_FCNTL,
		ALLOW(__NR_dup3),
#ifdef __NR_dup2
		ALLOW(__NR_dup2),
#endif
		ALLOW(__NR_close_range),
		/* the signals while it copies, and the next filter */
		ALLOW(__NR_rt_sigaction),
		ALLOW_WITH(__NR_prctl, 0, PR_SET_SECCOMP),
		END,
	};

	return filter_set(filter, sizeof(filter));
}

int
confine_forwarding(int channel)
{
	struct sock_filter filter[] = {
		BEGINNING,
		COPYING ALLOW_OPTION(__NR_setsockopt, SO_LINGER),
		ALLOW_WITH(FCNTL, 1, F_SETPIPE_SZ),
		ALLOW_WITH(__NR_ioctl, 1, SIOCOUTQ),
		END,
	};

	return filter_set(filter, sizeof(filter));
}
