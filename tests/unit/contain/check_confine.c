/*
 * check_confine.c -- what a confined process cannot do.  Each attempt is made
 * by a child, whose exit status or signal is the result.
 */

#include "tests/unit/unit.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/connect.h"
#include "lib/io.h"
#include "lib/message.h"
#include "lib/signals.h"
#include "lib/socket/keepalive.h"

#define PEER 50

static const gid_t group = 65534;
static const struct identity nobody = { .name = "nobody",
	.uid = 65534,
	.gid = 65534,
	.groups = &group,
	.ngroups = 1 };

/* Runs FN in a child; returns its exit status, or 1000 and its signal. */
static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	/* By number: before _exit(2) the address sanitizer makes other calls.
	 */
	if ((pid = fork()) == 0)
		syscall(SYS_exit_group, fn());
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int (*confined_fn)(void);

static int
run_confined(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ? 255
							    : confined_fn();
}

/* The same after PR_SET_NO_NEW_PRIVS, as in confine(): a process without
 * privileges needs that to install a filter. */
static int
in_confined_child(int (*fn)(void))
{
	confined_fn = fn;
	return in_child(run_confined);
}

/* --- the filter --- */

static int
allowed_calls(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    dup2(pair[0], PEER) == -1 || confine_calls(PEER) == -1)
		return 1;
	if (message_send(PEER, 1, "x", 1, 0) == -1)
		return 2;
	return close(pair[0]) == 0 ? 0 : 3;
}

static int
open_a_file(void)
{
	return confine_calls(PEER) == 0 && open("/", O_RDONLY) != -1;
}

static int
send_elsewhere(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    confine_calls(PEER) == -1)
		return 1;
	return message_send(pair[0], 1, "x", 1, 0) == 0;
}

START_TEST(calls)
{
	ck_assert_int_eq(in_confined_child(allowed_calls), 0);
	ck_assert_int_eq(in_confined_child(open_a_file), 1000 + SIGSYS);
	ck_assert_int_eq(in_confined_child(send_elsewhere), 1000 + SIGSYS);
}
END_TEST

/* --- the filter of linger --- */

static int
lingering_calls(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int pair[2], epoll = epoll_create1(0);

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    dup2(pair[0], PEER) == -1 || confine_lingering(PEER) == -1)
		return 1;
	if (message_send(PEER, 1, "x", 1, 0) == -1)
		return 2;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &ev) == -1 ||
	    epoll_wait(epoll, &ev, 1, -1) != 1)
		return 3;
	if (syscall(SYS_recvfrom, pair[1], NULL, 0, MSG_TRUNC, NULL, NULL) < 1)
		return 4;
	return syscall(SYS_shutdown, pair[0], SHUT_WR) == 0 ? 0 : 5;
}

static int
lingering_writes(void)
{
	return confine_lingering(PEER) == 0 && write(PEER, "x", 1) == 1;
}

static int
lingering_opens(void)
{
	return confine_lingering(PEER) == 0 && open("/", O_RDONLY) != -1;
}

START_TEST(calls_of_linger)
{
	ck_assert_int_eq(in_confined_child(lingering_calls), 0);
	ck_assert_int_eq(in_confined_child(lingering_writes), 1000 + SIGSYS);
	ck_assert_int_eq(in_confined_child(lingering_opens), 1000 + SIGSYS);
}
END_TEST

static void *
map_page(int protection)
{
	return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* --- the filter of services without a program --- */

static int
confine_server(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    dup2(pair[0], PEER) == -1)
		return -1;
	return confine_serving(STDIN_FILENO, PEER);
}

static int
serving_calls(void)
{
	int pair[2], bytes = 0;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    confine_server() == -1)
		return 1;
	if (message_send(PEER, 1, "x", 1, 0) == -1)
		return 2;
	if (send(pair[0], "xy", 2, 0) != 2 || recv(pair[1], &c, 1, 0) != 1)
		return 3;
	if (io_wait(pair[1], POLLIN, -1) != POLLIN ||
	    ioctl(pair[1], FIONREAD, &bytes) == -1 || bytes != 1)
		return 4;
	close(pair[0]);
	io_close_lingering(pair[1], SECOND);
	return close_range(PEER, PEER, 0) == 0 ? 0 : 5;
}

static int
serving_opens(void)
{
	return confine_server() == 0 && open("/", O_RDONLY) != -1;
}

static int
serving_sends_elsewhere(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 &&
	    confine_server() == 0 && message_send(pair[0], 1, "x", 1, 0) == 0;
}

static int
serving_writes(void)
{
	return confine_server() == 0 && write(STDERR_FILENO, "x", 1) == 1;
}

static int
serving_makes_a_socket(void)
{
	return confine_server() == 0 && socket(AF_UNIX, SOCK_STREAM, 0) != -1;
}

static int
serving_sets_another_option(void)
{
	int on = 1;

	return confine_server() == 0 &&
	    setsockopt(PEER, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0;
}

static int
serving_maps(void)
{
	return confine_server() == 0 &&
	    map_page(PROT_READ | PROT_WRITE) != MAP_FAILED;
}

START_TEST(calls_of_services)
{
	static int (*const denied[])(void) = { serving_opens,
		serving_sends_elsewhere, serving_writes, serving_makes_a_socket,
		serving_sets_another_option, serving_maps };
	size_t i;

	ck_assert_int_eq(in_confined_child(serving_calls), 0);
	for (i = 0; i < COUNT(denied); i++)
		ck_assert_int_eq(in_confined_child(denied[i]), 1000 + SIGSYS);
}
END_TEST

/* --- the filters of forwarding sessions --- */

static int
confine_connector(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    dup2(pair[0], PEER) == -1)
		return -1;
	return confine_connecting(PEER);
}

static int
confine_forwarder(void)
{
	return confine_connector() == -1 ? -1 : confine_forwarding(PEER);
}

/* A socket that listens on a port of 127.0.0.1, which A gets. */
static int
listen_any(struct addr *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return addr_from_numeric(a, "127.0.0.1", 0) == 0 &&
		bind(fd, &a->sa, a->len) == 0 && listen(fd, 1) == 0 &&
		getsockname(fd, &a->sa, &a->len) == 0
	    ? fd
	    : -1;
}

/* From a preamble to the next filter. */
static int
connecting_calls(void)
{
	struct addr source, a;
	struct connect_how how = { .source = &source, .deadline = -1 };
	struct connect_result result;
	int pair[2], root = open("/", O_PATH), target, on = 1;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    listen_any(&a) == -1 || send(pair[1], "x", 1, 0) != 1 ||
	    addr_from_numeric(&source, "127.0.0.2", 0) == -1 ||
	    confine_connector() == -1)
		return 1;
	if (read(pair[0], &c, 1) != 1 || message_send(PEER, 1, "x", 1, 0) == -1)
		return 2;
	how.watched = &pair[0];
	if (connect_addrs(&result, &a, 1, &how) != CONNECT_OK)
		return 3;
	target = result.fd;
	if (fchdir(root) == -1 || chdir("/") == -1 ||
	    connect_path(&result, "@none-haild-test", &how) != CONNECT_FAILED ||
	    result.failure != ECONNREFUSED)
		return 4;
	if (dup2(result.fd == -1 ? pair[0] : pair[1], 60) != 60 ||
	    close_range(60, 60, 0) == -1)
		return 5;
	signals_catch();
	if (setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
		-1 ||
	    keepalive_set(target, 600 * SECOND) == -1)
		return 6;
	return confine_forwarding(PEER) == 0 ? 0 : 7;
}

/* As at the end of a client without a target. */
static int
connecting_ends(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    confine_connector() == -1 || confine_serving(pair[0], PEER) == -1)
		return 1;
	if (message_send(PEER, 1, "x", 1, 0) == -1)
		return 2;
	io_close_lingering(pair[0], SECOND / 10);
	return 0;
}

static int
connecting_opens(void)
{
	return confine_connector() == 0 && open("/", O_RDONLY) != -1;
}

static int
connecting_makes_a_datagram_socket(void)
{
	return confine_connector() == 0 &&
	    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) != -1;
}

static int
connecting_makes_a_raw_socket(void)
{
	return confine_connector() == 0 && socket(AF_INET, SOCK_RAW, 0) != -1;
}

static int
connecting_makes_a_netlink_socket(void)
{
	return confine_connector() == 0 &&
	    socket(AF_NETLINK, SOCK_STREAM, 0) != -1;
}

static int
connecting_listens(void)
{
	return confine_connector() == 0 && listen(PEER, 1) == 0;
}

static int
connecting_sets_another_option(void)
{
	int on = 1;

	return confine_connector() == 0 &&
	    setsockopt(PEER, IPPROTO_TCP, TCP_ULP, &on, sizeof(on)) == 0;
}

static int
connecting_sets_an_option_of_ip(void)
{
	int on = 1;

	return confine_connector() == 0 &&
	    setsockopt(PEER, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on)) == 0;
}

static int
connecting_gets_another_option(void)
{
	int on;
	socklen_t len = sizeof(on);

	return confine_connector() == 0 &&
	    getsockopt(PEER, SOL_SOCKET, SO_TYPE, &on, &len) == 0;
}

static int
connecting_sends_elsewhere(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 &&
	    confine_connector() == 0 &&
	    message_send(pair[0], 1, "x", 1, 0) == 0;
}

static int
connecting_duplicates(void)
{
	return confine_connector() == 0 && fcntl(0, F_DUPFD, 0) != -1;
}

static int
connecting_becomes_dumpable(void)
{
	return confine_connector() == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;
}

static int
connecting_maps(void)
{
	return confine_connector() == 0 &&
	    map_page(PROT_READ | PROT_WRITE) != MAP_FAILED;
}

static int
forwarding_calls(void)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };
	int pair[2], fds[2], left;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    confine_forwarder() == -1)
		return 1;
	if (message_send(PEER, 1, "x", 1, 0) == -1)
		return 2;
	if (send(pair[0], "xy", 2, MSG_NOSIGNAL) != 2 ||
	    io_wait(pair[1], POLLIN, -1) != POLLIN ||
	    recv(pair[1], &c, 1, MSG_DONTWAIT) != 1)
		return 3;
	if (pipe2(fds, O_CLOEXEC) == -1 ||
	    splice(pair[1], NULL, fds[1], NULL, 1, 0) != 1)
		return 4;
	if (fcntl(fds[1], F_SETPIPE_SZ, 65536) == -1 ||
	    read(fds[0], &c, 1) != 1 || ioctl(pair[0], SIOCOUTQ, &left) == -1)
		return 5;
	signals_deliver();
	if (setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &none, sizeof(none)) ==
	    -1)
		return 6;
	return shutdown(pair[0], SHUT_WR) == 0 && close(pair[0]) == 0 ? 0 : 7;
}

static int
forwarding_makes_a_socket(void)
{
	return confine_forwarder() == 0 &&
	    socket(AF_INET, SOCK_STREAM, 0) != -1;
}

static int
forwarding_connects(void)
{
	const struct sockaddr unspecified = { .sa_family = AF_UNSPEC };

	return confine_forwarder() == 0 &&
	    connect(PEER, &unspecified, sizeof(unspecified)) == 0;
}

/* A connection to A that its peer, accepted on LISTENER, has reset; or -1. */
static int
make_reset(int listener, const struct addr *a)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), peer;

	if (fd == -1 ||
	    (connect(fd, &a->sa, a->len) == -1 && errno != EINPROGRESS) ||
	    io_wait(fd, POLLOUT, -1) == -1 ||
	    (peer = accept(listener, NULL, NULL)) == -1 ||
	    setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) ==
		-1 ||
	    close(peer) == -1 || io_wait(fd, POLLIN, -1) == -1)
		return -1;
	return fd;
}

/* tcp(7), TCP Fast Open: the first call finds the reset, the second connects.
 */
static int
forwarding_connects_again(void)
{
	struct addr a;
	int listener = listen_any(&a), fd = make_reset(listener, &a), i;

	if (fd == -1 || confine_forwarder() == -1)
		return 0;
	for (i = 0; i < 2; i++)
		sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, &a.sa, a.len);
	return io_wait(listener, POLLIN, clock_now() + SECOND) == POLLIN;
}

static int
forwarding_changes_directory(void)
{
	return confine_forwarder() == 0 && chdir("/") == 0;
}

static int
forwarding_changes_a_descriptor(void)
{
	return confine_forwarder() == 0 &&
	    fcntl(PEER, F_SETFL, O_NONBLOCK) == 0;
}

static int
forwarding_handles_a_signal(void)
{
	return confine_forwarder() == 0 && signal(SIGHUP, SIG_DFL) != SIG_ERR;
}

static int
forwarding_receives_a_descriptor(void)
{
	struct msghdr m = { 0 };

	return confine_forwarder() == 0 && recvmsg(PEER, &m, MSG_DONTWAIT) == 0;
}

static int
forwarding_sets_another_option(void)
{
	int on = 1;

	return confine_forwarder() == 0 &&
	    setsockopt(PEER, SOL_SOCKET, SO_SNDTIMEO, &on, sizeof(on)) == 0;
}

START_TEST(calls_of_forwarding_sessions)
{
	static int (*const denied[])(void) = { connecting_opens,
		connecting_makes_a_datagram_socket,
		connecting_makes_a_raw_socket,
		connecting_makes_a_netlink_socket, connecting_listens,
		connecting_sets_another_option, connecting_sets_an_option_of_ip,
		connecting_gets_another_option, connecting_sends_elsewhere,
		connecting_duplicates, connecting_becomes_dumpable,
		connecting_maps, forwarding_makes_a_socket, forwarding_connects,
		forwarding_connects_again, forwarding_changes_directory,
		forwarding_changes_a_descriptor, forwarding_handles_a_signal,
		forwarding_receives_a_descriptor,
		forwarding_sets_another_option };
	size_t i;

	ck_assert_int_eq(in_confined_child(connecting_calls), 0);
	ck_assert_int_eq(in_confined_child(connecting_ends), 0);
	ck_assert_int_eq(in_confined_child(forwarding_calls), 0);
	for (i = 0; i < COUNT(denied); i++)
		ck_assert_msg(in_confined_child(denied[i]) == 1000 + SIGSYS,
		    "attempt %zu", i);
}
END_TEST

/* --- the filter of the logger --- */

static int
logging_calls(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fds[2], fd;
	char c;

	if (pipe(fds) == -1 || confine_logging() == -1)
		return 1;
	if (write(fds[1], "x", 1) != 1 || read(fds[0], &c, 1) != 1)
		return 2;
	if (fcntl(fds[0], F_GETPIPE_SZ) <= 0 ||
	    fcntl(fds[0], F_SETPIPE_SZ, 4096) == -1)
		return 3;
	/* as when syslog was restarted */
	if ((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&un, sizeof(un)) != -1)
		return 4;
	return getpid() > 0 && getppid() > 0 && close(fd) == 0 ? 0 : 5;
}

static int
logging_opens(void)
{
	return confine_logging() == 0 && open("/", O_RDONLY) != -1;
}

static int
logging_makes_another_socket(void)
{
	return confine_logging() == 0 && socket(AF_INET, SOCK_DGRAM, 0) != -1;
}

static int
logging_changes_a_descriptor(void)
{
	return confine_logging() == 0 &&
	    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK) == 0;
}

static int
logging_kills(void)
{
	return confine_logging() == 0 && kill(getppid(), 0) == 0;
}

START_TEST(calls_of_the_logger)
{
	static int (*const denied[])(void) = { logging_opens,
		logging_makes_another_socket, logging_changes_a_descriptor,
		logging_kills };
	size_t i;

	ck_assert_int_eq(in_confined_child(logging_calls), 0);
	for (i = 0; i < COUNT(denied); i++)
		ck_assert_int_eq(in_confined_child(denied[i]), 1000 + SIGSYS);
}
END_TEST

/* --- the filter of the signer --- */

static int
signing_calls(void)
{
	char *page, random[8];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    confine_signing() == -1)
		return 1;
	if (message_send(pair[0], 1, "x", 1, 0) == -1)
		return 2;
	page = map_page(PROT_READ | PROT_WRITE);
	if (page == MAP_FAILED || munmap(page, 4096) == -1)
		return 3;
	return syscall(SYS_getrandom, random, sizeof(random), 0) ==
		sizeof(random)
	    ? 0
	    : 4;
}

static int
signing_opens(void)
{
	return confine_signing() == 0 && open("/", O_RDONLY) != -1;
}

static int
signing_writes(void)
{
	return confine_signing() == 0 && write(PEER, "x", 1) == 1;
}

static int
signing_maps_code(void)
{
	return confine_signing() == 0 &&
	    map_page(PROT_READ | PROT_EXEC) != MAP_FAILED;
}

static int
signing_forks(void)
{
	return confine_signing() == 0 && fork() != -1;
}

START_TEST(calls_of_the_signer)
{
	ck_assert_int_eq(in_confined_child(signing_calls), 0);
	ck_assert_int_eq(in_confined_child(signing_opens), 1000 + SIGSYS);
	ck_assert_int_eq(in_confined_child(signing_writes), 1000 + SIGSYS);
	ck_assert_int_eq(in_confined_child(signing_maps_code), 1000 + SIGSYS);
	ck_assert_int_eq(in_confined_child(signing_forks), 1000 + SIGSYS);
}
END_TEST

/* --- the filter of relays --- */

#define SIGNER 51

static int
confine_relay(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    dup2(pair[0], PEER) == -1 || dup2(pair[1], SIGNER) == -1)
		return -1;
	return confine_relaying(PEER, SIGNER);
}

static int
relaying_calls(void)
{
	int pair[2], size = 65536;
	socklen_t len = sizeof(size);
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    confine_relay() == -1)
		return 1;
	if (message_send(PEER, 1, "x", 1, 0) == -1 ||
	    message_send(SIGNER, 1, "x", 1, 0) == -1)
		return 2;
	if (getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, &len) == -1 ||
	    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, len) == -1)
		return 3;
	if (syscall(SYS_sendto, pair[0], "x", 1, 0, NULL, 0) != 1 ||
	    syscall(SYS_recvfrom, pair[1], &c, 1, 0, NULL, NULL) != 1)
		return 4;
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 5;
	return 0;
}

static int
relaying_opens(void)
{
	return confine_relay() == 0 && open("/", O_RDONLY) != -1;
}

/* As if it wrote to a descriptor that it should not have. */
static int
relaying_writes(void)
{
	return confine_relay() == 0 && write(STDERR_FILENO, "x", 1) == 1;
}

/* Descriptors could be sent away. */
static int
relaying_sends_elsewhere(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 &&
	    confine_relay() == 0 && message_send(pair[0], 1, "x", 1, 0) == 0;
}

static int
relaying_sets_another_option(void)
{
	int on = 1;

	return confine_relay() == 0 &&
	    setsockopt(PEER, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0;
}

static int
relaying_maps_code(void)
{
	return confine_relay() == 0 &&
	    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0) != MAP_FAILED;
}

static int
relaying_connects(void)
{
	return confine_relay() == 0 && socket(AF_UNIX, SOCK_STREAM, 0) != -1;
}

START_TEST(calls_of_relays)
{
	static int (*const denied[])(void) = { relaying_opens, relaying_writes,
		relaying_sends_elsewhere, relaying_sets_another_option,
		relaying_maps_code, relaying_connects };
	size_t i;

	ck_assert_int_eq(in_confined_child(relaying_calls), 0);
	for (i = 0; i < COUNT(denied); i++)
		ck_assert_int_eq(in_confined_child(denied[i]), 1000 + SIGSYS);
}
END_TEST

/* --- all filters --- */

static int (*confine_process)(void);
static long denied_call;

static int
confine_speaker(void)
{
	return confine_calls(PEER);
}

static int
confine_linger(void)
{
	return confine_lingering(PEER);
}

static int
confine_init(void)
{
	return confine_reaping(PEER);
}

static int
make_denied_call(void)
{
	if (confine_process() == -1)
		return 1;
	syscall(denied_call, 0, 0, 0, 0, 0, 0);
	return 0;
}

START_TEST(calls_no_process_has)
{
	static int (*const processes[])(void) = { confine_speaker,
		confine_linger, confine_server, confine_logging,
		confine_signing, confine_relay, confine_init, confine_connector,
		confine_forwarder };
	static const long never[] = { SYS_ptrace, SYS_keyctl, SYS_add_key,
		SYS_request_key, SYS_userfaultfd, SYS_io_uring_setup, SYS_bpf,
		SYS_perf_event_open, SYS_process_vm_readv, SYS_pidfd_getfd,
		SYS_mount, SYS_umount2, SYS_pivot_root, SYS_open_tree,
		SYS_move_mount, SYS_fsopen, SYS_fsmount, SYS_unshare, SYS_setns,
		SYS_clone, SYS_clone3, SYS_execve, SYS_chroot };
	size_t i, j;

	for (i = 0; i < COUNT(processes); i++)
		for (j = 0; j < COUNT(never); j++) {
			confine_process = processes[i];
			denied_call = never[j];
			ck_assert_msg(in_confined_child(make_denied_call) ==
				1000 + SIGSYS,
			    "process %zu, call %ld", i, never[j]);
		}
}
END_TEST

#ifdef __x86_64__
/*
 * Numbers of system calls differ between the architectures of one machine: 1 is
 * write(2) on x86-64 and _exit(2) on i386, which "int 0x80" calls.
 */
static void
exit_as_i386(void)
{
	__asm__ volatile("int $0x80" : : "a"(1), "b"(42));
}

static int
foreign_call(void)
{
	exit_as_i386();
	return 1;
}

static int
filtered_foreign_call(void)
{
	if (confine_calls(PEER) == -1)
		return 1;
	exit_as_i386();
	return 2;
}

START_TEST(calls_of_another_architecture)
{
	/* 1000 + SIGSEGV: the kernel has no such calls */
	if (in_confined_child(foreign_call) == 42)
		ck_assert_int_eq(
		    in_confined_child(filtered_foreign_call), 1000 + SIGSYS);
}
END_TEST
#endif

/* --- files, network, processes --- */

static int
confine_as(int root)
{
	const struct confinement c = { .name = "test",
		.identity = &nobody,
		.root = root,
		.limits = true };

	return confine(&c);
}

static int
no_root_directory(void)
{
	int fd;

	if (confine_as(CONFINE_NO_FILES) == -1)
		return 1;
	if ((fd = open("/etc/passwd", O_RDONLY)) != -1 || errno != EACCES)
		return 2;
	if ((fd = open("/", O_RDONLY | O_DIRECTORY)) != -1 || errno != EACCES)
		return 3;
	return 0;
}

static int
no_network(void)
{
	const struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || confine_as(CONFINE_NO_FILES) == -1)
		return 1;
	if (connect(fd, (const struct sockaddr *)&sin, sizeof(sin)) != -1 ||
	    errno != EACCES)
		return 2;
	if (bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) != -1 ||
	    errno != EACCES)
		return 3;
	return 0;
}

START_TEST(landlock)
{
	ck_assert_int_eq(in_child(no_root_directory), 0);
	if (landlock_version() >= 4)
		ck_assert_int_eq(in_child(no_network), 0);
}
END_TEST

/* Without root, and so without chroot(2). */
static int
unprivileged(void)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) == -1)
		return 10;
	return no_root_directory();
}

START_TEST(landlock_without_privileges)
{
	ck_assert_int_eq(in_child(unprivileged), 0);
}
END_TEST

static int
empty_root(void)
{
	int root = confine_open_root();

	if (root == -1 || confine_as(root) == -1)
		return 1;
	if (open("/etc/passwd", O_RDONLY) != -1 || errno != ENOENT)
		return 2;
	/* It is nobody's, and removed. */
	if (mkdir("/new", 0700) != -1 || open("/", O_RDONLY) != -1)
		return 4;
	if (chdir("/") == -1)
		return 5;
	if (geteuid() != 65534 || setresuid(0, 0, 0) != -1)
		return 3;
	return 0;
}

START_TEST(an_empty_root_directory)
{
	ck_assert_int_eq(in_child(empty_root), 0);
}
END_TEST

static int
confined(void)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) == -1)
		return 1;
	if (confine_as(CONFINE_SAME_ROOT) == -1)
		return 2;
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 4;
	return fork() == -1 && errno == EAGAIN ? 0 : 5;
}

START_TEST(no_processes_no_dump_no_gain)
{
	ck_assert_int_eq(in_child(confined), 0);
}
END_TEST

/* --- the end of the parent --- */

/* As when it ended before prctl(2): then no signal would ever come. */
static int
parent_has_ended(void)
{
	return confine_die_with(getppid() + 1) == -1 && errno == ESRCH ? 0 : 1;
}

static int
parent_is_there(void)
{
	int sig = 0;

	if (confine_die_with(getppid()) == -1)
		return 1;
	return prctl(PR_GET_PDEATHSIG, &sig) == 0 && sig == SIGKILL ? 0 : 2;
}

START_TEST(die_with_the_parent)
{
	ck_assert_int_eq(in_child(parent_has_ended), 0);
	ck_assert_int_eq(in_child(parent_is_there), 0);
}
END_TEST

/* Deny chroot(2), by its capability, and Landlock, as older kernels do. */
static int
deny_both(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    __NR_landlock_create_ruleset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 4,
		(struct sock_filter *)(uintptr_t)filter };

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	data[0].effective &= ~(1U << CAP_SYS_CHROOT);
	data[0].permitted &= ~(1U << CAP_SYS_CHROOT);
	if (syscall(SYS_capset, &header, data) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Only what must be confined fails. */
static int
neither_is_possible(void)
{
	int root = confine_open_root();
	struct confinement c = {
		.name = "test", .identity = &nobody, .root = root, .must = true
	};

	if (root == -1 || deny_both() == -1)
		return 1;
	if (confine(&c) != -1 || geteuid() != 0)
		return 3;
	c.must = false;
	if (confine(&c) == -1 || geteuid() != 65534)
		return 4;
	return 0;
}

START_TEST(without_chroot_and_landlock)
{
	ck_assert_int_eq(in_child(neither_is_possible), 0);
}
END_TEST

static void
add(TCase *tc)
{
	bool native = !unit_is_valgrind();
	const char *no_landlock =
	    native ? "needs Landlock" : "cannot run under valgrind";
	bool landlocked = native && landlock_version() >= 1;

	UNIT_ADD_IF(native, tc, calls, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, calls_of_linger, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, calls_of_services, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, calls_of_forwarding_sessions,
	    "cannot run under valgrind");
	UNIT_ADD_IF(
	    native, tc, calls_of_the_logger, "cannot run under valgrind");
	UNIT_ADD_IF(
	    native, tc, calls_no_process_has, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, calls_of_relays, "cannot run under valgrind");
	UNIT_ADD_IF(
	    native, tc, calls_of_the_signer, "cannot run under valgrind");
#ifdef __x86_64__
	UNIT_ADD_IF(native, tc, calls_of_another_architecture,
	    "cannot run under valgrind");
#endif
	UNIT_ADD_IF(landlocked, tc, landlock, no_landlock);
	UNIT_ADD_IF(landlocked, tc, landlock_without_privileges, no_landlock);
	UNIT_ADD_IF(geteuid() == 0, tc, an_empty_root_directory, "needs root");
	UNIT_ADD_IF(
	    geteuid() == 0, tc, without_chroot_and_landlock, "needs root");
	tcase_add_test(tc, no_processes_no_dump_no_gain);
	tcase_add_test(tc, die_with_the_parent);
}

int
main(void)
{
	return unit_run("confine", add);
}
