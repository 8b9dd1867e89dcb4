/*
 * check_listener.c -- sockets: opened without harm to other files, accepted
 * from without trust in what failed, and closed.
 *
 * Some system calls are replaced, to fail or to be watched: a program's own
 * functions come before libc's.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/access.h"
#include "haild/listen/listener.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/environment.h"

#define NOW (1000 * SECOND)

static char name[] = "x";
static struct service service;
static struct service_stats stats = { .name = name };
static struct listener l;
static struct client client;
static int error;

/* --- what is replaced --- */

static bool hide_peer;	   /* SO_PEERCRED fails */
static int accept_error;   /* accept4 fails with it */
static bool foreign_dev;   /* lstat sees another file system */
static mode_t mode_before; /* of a file when it gets its mode */
static int looks;	   /* at files, or changes of them */

int
getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	if (hide_peer && level == SOL_SOCKET && option == SO_PEERCRED) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return (int)syscall(SYS_getsockopt, fd, level, option, value, len);
}

int
accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	if (accept_error != 0) {
		errno = accept_error;
		return -1;
	}
	return (int)syscall(SYS_accept4, fd, addr, len, flags);
}

int
lstat(const char *path, struct stat *st)
{
	int result = fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);

	looks++;
	st->st_dev += foreign_dev;
	return result;
}

int
fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	struct stat st;

	/* a user who may write to the directory must not redirect it */
	ck_assert_int_eq(flags, AT_SYMLINK_NOFOLLOW);
	ck_assert_int_eq(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	looks++;
	mode_before = st.st_mode & 07777;
	return (int)syscall(SYS_fchmodat, dir, path, mode);
}

/* --- a listener at the path "s" --- */

static void
enter(void)
{
	char path[128];

	unit_enter_dir();
	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	service = (struct service) { .name = name,
		.backlog = 5,
		.socket_uid = -1,
		.socket_gid = -1,
		.socket_mode = 0666 };
	l = (struct listener) {
		.fd = -1, .service = &service, .stats = &stats
	};
	ck_assert_ptr_nonnull(getcwd(path, sizeof(path)));
	strlcat(path, "/s", sizeof(path));
	ck_assert_int_eq(addr_from_path(&l.wanted, path), 0);
}

static void
leave(void)
{
	listener_close(&l);
	unit_leave_dir();
}

static int
connect_to(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, &l.addr.sa, l.addr.len), 0);
	return fd;
}

/* --- clients --- */

START_TEST(the_kernel_tells_the_user)
{
	ck_assert_int_eq(listener_open(&l), 0);
	connect_to();
	ck_assert_int_eq(listener_accept(&l, &client, NOW, &error), 0);
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(client.cred.uid, geteuid());
	ck_assert_uint_eq(client.cred.gid, getegid());
	ck_assert_int_eq(fcntl(client.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(client.fd, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

/* Not in the decision, the log, or a program's environment. */
START_TEST(a_user_that_is_not_told_is_never_root)
{
	static const uid_t root = 0;
	static const gid_t wheel = 0;
	struct connection connection;
	char text[ADDR_TEXT_MAX];
	size_t i;

	ck_assert_int_eq(listener_open(&l), 0);
	connect_to();
	hide_peer = true;
	ck_assert_int_eq(listener_accept(&l, &client, NOW, &error), 0);
	ck_assert_uint_eq(client.cred.uid, (uid_t)-1);
	ck_assert_uint_eq(client.cred.gid, (gid_t)-1);
	service.allow_uids = &root;
	service.nallow_uids = 1;
	ck_assert(!access_user(&service, &client));
	service.allow_gids = &wheel;
	service.nallow_gids = 1;
	ck_assert(!access_user(&service, &client));
	ck_assert_str_eq(
	    client_print(&client.addr, client.cred.uid, text, sizeof(text)),
	    "uid:4294967295");
	environment_connection(&connection, &client, &l.addr);
	for (i = 0; i < connection.n; i++) {
		ck_assert_str_ne(connection.variables[i], "IPCREMOTEEUID=0");
		ck_assert_str_ne(connection.variables[i], "IPCREMOTEEGID=0");
	}
}
END_TEST

/* --- errors of accept4 --- */

START_TEST(an_error_of_one_client_pauses_nothing)
{
	static const int errors[] = { EAGAIN, EINTR, ECONNABORTED, EPROTO,
		ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
		EOPNOTSUPP, ENETUNREACH, ETIMEDOUT };

	accept_error = errors[_i];
	ck_assert_int_eq(listener_accept(&l, &client, NOW, &error), -1);
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(l.paused_until, 0);
}
END_TEST

START_TEST(an_error_of_the_host_pauses_the_listener)
{
	static const int errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EIO };

	accept_error = errors[_i];
	ck_assert_int_eq(listener_accept(&l, &client, NOW, &error), -1);
	ck_assert_int_eq(error, errors[_i]);
	ck_assert_int_eq(l.paused_until, NOW + LISTENER_PAUSE);
}
END_TEST

/* A leftover of the wait service that had the socket made it block again. */
START_TEST(a_socket_that_blocks_again_stops_nothing)
{
	ck_assert_int_eq(listener_open(&l), 0);
	l.wait_socket.starts = 1;
	ck_assert_int_eq(fcntl(l.fd, F_SETFL, 0), 0);
	alarm(5);
	ck_assert_int_eq(listener_accept(&l, &client, NOW, &error), -1);
	ck_assert_int_eq(error, 0);
	alarm(0);
}
END_TEST

/* --- wait sockets --- */

START_TEST(a_child_returns_its_socket)
{
	struct listener list[2] = { { .service = &service, .stats = &stats },
		{ .service = &service, .stats = &stats } };
	struct listeners all = { .list = list, .n = 2 };
	int i;

	list[0].fd = list[1].fd = -1;
	list[1].wait_socket.pid = 812;
	ck_assert_ptr_null(listeners_returned(&all, 813, NOW));
	ck_assert_int_eq(list[1].wait_socket.pid, 812);
	ck_assert_ptr_eq(listeners_returned(&all, 812, NOW), &list[1]);
	ck_assert_int_eq(list[1].wait_socket.pid, 0);
	ck_assert_int_eq(list[1].paused_until, 0);
	for (i = 1; i < WAIT_SOCKET_STARTS; i++) {
		list[1].wait_socket.pid = 812;
		listeners_returned(&all, 812, NOW);
	}
	ck_assert_int_eq(list[1].paused_until, NOW + WAIT_SOCKET_PAUSE_FIRST);
	/* one without a service is about to be dropped */
	list[0].service = NULL;
	list[0].wait_socket.pid = 814;
	ck_assert_ptr_eq(listeners_returned(&all, 814, NOW), &list[0]);
	ck_assert_int_eq(list[0].wait_socket.pid, 0);
}
END_TEST

static bool
blocks(void)
{
	return (fcntl(l.fd, F_GETFL) & O_NONBLOCK) == 0;
}

/* The child shares the open file description and may have changed it. */
START_TEST(a_wait_socket_blocks)
{
	struct listeners all = { .list = &l, .n = 1 };

	service.wait = true;
	ck_assert_int_eq(listener_open(&l), 0);
	ck_assert(blocks());
	ck_assert_int_eq(fcntl(l.fd, F_SETFL, O_NONBLOCK), 0);
	l.wait_socket.pid = 800;
	listeners_returned(&all, 800, NOW);
	ck_assert(blocks());
	/* a reload has made another kind of service of it meanwhile */
	service.wait = false;
	l.wait_socket.pid = 800;
	listeners_returned(&all, 800, NOW);
	ck_assert(!blocks());
}
END_TEST

/* --- files --- */

START_TEST(a_stale_socket_is_replaced)
{
	ck_assert_int_eq(listener_open(&l), 0);
	close(l.fd);
	ck_assert_int_eq(listener_open(&l), 0);
	close(connect_to());
}
END_TEST

START_TEST(a_live_socket_is_not)
{
	struct listener other = l;

	ck_assert_int_eq(listener_open(&l), 0);
	ck_assert_int_eq(listener_open(&other), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(connect_to());
}
END_TEST

START_TEST(another_kind_of_file_is_not)
{
	struct stat st;

	switch (_i) {
	case 0:
		unit_write_file("s", "mine");
		break;
	case 1:
		ck_assert_int_eq(mkfifo("s", 0600), 0);
		break;
	case 2:
		ck_assert_int_eq(symlink("nowhere", "s"), 0);
		break;
	case 3:
		ck_assert_int_eq(mkdir("s", 0700), 0);
		break;
	}
	ck_assert_int_eq(listener_open(&l), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert(!S_ISSOCK(st.st_mode));
}
END_TEST

/* A link to a socket that is not ours, even if it is stale, is no socket. */
START_TEST(a_link_to_a_socket_is_not)
{
	struct stat st;
	struct listener other = l;

	ck_assert_int_eq(listener_open(&other), 0);
	close(other.fd);
	ck_assert_int_eq(rename("s", "other"), 0);
	ck_assert_int_eq(symlink("other", "s"), 0);
	ck_assert_int_eq(listener_open(&l), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(lstat("other", &st), 0);
}
END_TEST

START_TEST(before_its_mode_nobody_can_connect)
{
	struct stat st;

	umask(0);
	ck_assert_int_eq(listener_open(&l), 0);
	ck_assert_uint_eq(mode_before, 0);
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0666);
	/* and what the daemon makes next has the umask that it had */
	ck_assert_uint_eq(umask(0), 0);
}
END_TEST

int
unlink(const char *path)
{
	looks++;
	return unlinkat(AT_FDCWD, path, 0);
}

/* Not even of the path "" or of one that is called like the name. */
START_TEST(an_abstract_name_has_no_file)
{
	struct listener other = l;
	char text[ADDR_TEXT_MAX];

	snprintf(text, sizeof(text), "@haild-check/%ld", (long)getpid());
	ck_assert_int_eq(addr_from_path(&l.wanted, text), 0);
	service.socket_uid = 0;
	looks = 0;
	ck_assert_int_eq(listener_open(&l), 0);
	close(connect_to());
	other.wanted = l.wanted;
	ck_assert_int_eq(listener_open(&other), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(connect_to());
	listener_update(&l);
	ck_assert(!listener_has_path(&l));
	listener_close(&l);
	ck_assert_int_eq(listener_open(&other), 0);
	listener_close(&other);
	ck_assert_int_eq(looks, 0);
}
END_TEST

START_TEST(only_its_own_file_is_removed)
{
	struct stat st;

	ck_assert_int_eq(listener_open(&l), 0);
	switch (_i) {
	case 0: /* another file, which has the same name now */
		ck_assert_int_eq(rename("s", "old"), 0);
		unit_write_file("s", "mine");
		break;
	case 1: /* the same number in another file system */
		foreign_dev = true;
		break;
	case 2: /* inherited: haild did not make it */
		l.ino = 0;
		break;
	}
	listener_close(&l);
	ck_assert_int_eq(lstat("s", &st), 0);
}
END_TEST

START_TEST(its_own_file_is_removed)
{
	struct stat st;

	ck_assert_int_eq(listener_open(&l), 0);
	listener_close(&l);
	ck_assert_int_eq(lstat("s", &st), -1);
	ck_assert_int_eq(l.fd, -1);
}
END_TEST

/* --- how often the child of a wait service may start --- */

static struct wait_socket one, another;

/* A start that ends at NOW; returns the pause after it. */
static int64_t
start(struct wait_socket *w, int64_t now)
{
	int64_t pause;

	w->pid = 800;
	pause = wait_socket_returned(w, now);
	ck_assert_int_eq(w->pid, 0);
	return pause;
}

START_TEST(many_starts_are_paced)
{
	static const int64_t pauses[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	int64_t now = SECOND;
	size_t i;

	for (i = 1; i < WAIT_SOCKET_STARTS; i++)
		ck_assert_int_eq(start(&one, now), 0);
	for (i = 0; i < COUNT(pauses); i++)
		ck_assert_int_eq(start(&one, now), pauses[i] * SECOND);
	/* each socket for itself */
	ck_assert_int_eq(start(&another, now), 0);
	/* and from zero after a minute */
	now += WAIT_SOCKET_PERIOD;
	ck_assert_int_eq(start(&one, now), 60 * SECOND);
	ck_assert_int_eq(start(&one, now + 1), 0);
}
END_TEST

START_TEST(few_starts_are_not)
{
	int64_t now = SECOND;
	int i;

	for (i = 0; i < 10 * WAIT_SOCKET_STARTS; i++) {
		now += WAIT_SOCKET_PERIOD / (WAIT_SOCKET_STARTS - 2);
		ck_assert_int_eq(start(&one, now), 0);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, the_kernel_tells_the_user);
	tcase_add_test(tc, a_user_that_is_not_told_is_never_root);
	tcase_add_loop_test(tc, an_error_of_one_client_pauses_nothing, 0, 12);
	tcase_add_loop_test(tc, an_error_of_the_host_pauses_the_listener, 0, 5);
	tcase_add_test(tc, a_socket_that_blocks_again_stops_nothing);
	tcase_add_test(tc, a_child_returns_its_socket);
	tcase_add_test(tc, a_wait_socket_blocks);
	tcase_add_test(tc, a_stale_socket_is_replaced);
	tcase_add_test(tc, a_live_socket_is_not);
	tcase_add_loop_test(tc, another_kind_of_file_is_not, 0, 4);
	tcase_add_test(tc, a_link_to_a_socket_is_not);
	tcase_add_test(tc, before_its_mode_nobody_can_connect);
	tcase_add_loop_test(tc, only_its_own_file_is_removed, 0, 3);
	tcase_add_test(tc, an_abstract_name_has_no_file);
	tcase_add_test(tc, its_own_file_is_removed);
	tcase_add_test(tc, many_starts_are_paced);
	tcase_add_test(tc, few_starts_are_not);
}

int
main(void)
{
	return unit_run("listener", add);
}
