/*
 * check_forward_targets.c -- the order of targets, the directories of Unix
 * sockets, and loops.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/forward_loop.h"
#include "session/forward_targets.h"

static struct target list[4];
static struct service services[3];
static struct session_listener listeners[6];
static struct addr bound[6];
static struct config config;
static struct session session;
static struct forward_targets targets;
static char here[256], paths[4][300];

static struct addr
address(const char *host, unsigned int port)
{
	struct addr a;

	if (host[0] == '/' || host[0] == '@')
		ck_assert_int_eq(addr_from_path(&a, host), 0);
	else
		ck_assert_int_eq(addr_from_numeric(&a, host, port), 0);
	return a;
}

static void
set_up(void)
{
	unit_enter_dir();
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	memset(list, 0, sizeof(list));
	memset(services, 0, sizeof(services));
	memset(listeners, 0, sizeof(listeners));
	services[0] = (struct service) {
		.name = "a", .handler = HANDLER_FORWARD, .targets = list
	};
	config = (struct config) { .services = services, .nservices = 1 };
	session = (struct session) {
		.service = services, .config = &config, .listeners = listeners
	};
}

static void
add_target(const char *host, unsigned int port)
{
	list[services[0].ntargets++] =
	    (struct target) { .addr = address(host, port), .text = host };
}

/* NAME in the directory of the test. */
static const char *
path_of(const char *name)
{
	char *path = paths[services[0].ntargets];

	snprintf(path, sizeof(paths[0]), "%s/%s", here, name);
	return path;
}

/* What a session keeps until it exits. */
static void
release(void)
{
	size_t i;

	for (i = 0; i < targets.n; i++) {
		if (targets.list[i].path != targets.list[i].text)
			free((char *)(uintptr_t)targets.list[i].path);
		free((char *)(uintptr_t)targets.list[i].text);
	}
	free(targets.list);
	memset(&targets, 0, sizeof(targets));
}

static void
prepare(void)
{
	release();
	forward_targets_prepare(&targets, &session);
	ck_assert_uint_eq(targets.n, services[0].ntargets);
}

static void
expect_order(uint32_t turn, const char *first, const char *last)
{
	session.turn = turn;
	prepare();
	ck_assert_str_eq(targets.list[0].text, first);
	ck_assert_str_eq(targets.list[2].text, last);
}

START_TEST(each_policy_has_its_order)
{
	add_target("127.0.0.1", 1);
	add_target("127.0.0.2", 2);
	add_target("127.0.0.3", 3);
	expect_order(7, "127.0.0.1", "127.0.0.3");
	services[0].forward_policy = FORWARD_ROUND_ROBIN;
	expect_order(0, "127.0.0.1", "127.0.0.3");
	expect_order(1, "127.0.0.2", "127.0.0.1");
	expect_order(2, "127.0.0.3", "127.0.0.2");
	expect_order(UINT32_MAX, "127.0.0.1", "127.0.0.3");
}
END_TEST

/* Whether NAME is what target I is, in its directory. */
static bool
finds(size_t i, const char *name)
{
	struct stat x, y;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", here, name);
	ck_assert_int_eq(targets.list[i].error, 0);
	ck_assert_int_ge(targets.list[i].directory, 16);
	return fstatat(targets.list[i].directory, targets.list[i].path, &x,
		   AT_SYMLINK_NOFOLLOW) == 0 &&
	    stat(path, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

START_TEST(directories_of_unix_sockets)
{
	ck_assert_int_eq(mkdir("d", 0755), 0);
	unit_write_file("d/plain", "");
	unit_write_file("d/@at", "");
	/* An absolute link would lead nowhere in an empty root. */
	ck_assert_int_eq(symlink(path_of("d/plain"), "link"), 0);
	add_target(path_of("d/plain"), 0);
	add_target(path_of("d/@at"), 0);
	add_target(path_of("link"), 0);
	add_target("@abstract", 0);
	prepare();
	ck_assert(finds(0, "d/plain"));
	ck_assert_str_eq(targets.list[0].path, "plain");
	ck_assert(finds(1, "d/@at"));
	ck_assert_str_eq(targets.list[1].path, "./@at");
	ck_assert(finds(2, "d/plain"));
	ck_assert_int_eq(targets.list[3].directory, -1);
	ck_assert_str_eq(targets.list[3].path, "@abstract");
}
END_TEST

START_TEST(with_chroot_paths_are_inside)
{
	add_target("/run/app.sock", 0);
	services[0].chroot = "/srv";
	prepare();
	ck_assert_int_eq(targets.list[0].directory, -1);
	ck_assert_int_eq(targets.list[0].error, 0);
	ck_assert_str_eq(targets.list[0].path, "/run/app.sock");
}
END_TEST

static const gid_t group = 65534;
static const struct identity nobody = { .name = "nobody",
	.uid = 65534,
	.gid = 65534,
	.groups = &group,
	.ngroups = 1 };

/* Root could enter it, and so could "nobody" if it were in the group 0. */
START_TEST(directories_are_opened_as_the_user)
{
	ck_assert_int_eq(mkdir("secret", 0700), 0);
	ck_assert_int_eq(mkdir("group", 0710), 0);
	unit_write_file("secret/sock", "");
	unit_write_file("group/sock", "");
	unit_write_file("sock", "");
	add_target(path_of("secret/sock"), 0);
	add_target(path_of("group/sock"), 0);
	add_target(path_of("sock"), 0);
	add_target(path_of("missing"), 0);
	services[0].identity = &nobody;
	prepare();
	ck_assert_int_eq(targets.list[0].error, EACCES);
	ck_assert_int_eq(targets.list[1].error, EACCES);
	ck_assert(finds(2, "sock"));
	ck_assert_int_eq(targets.list[3].error, ENOENT);
	ck_assert_int_eq(geteuid(), 0);
	ck_assert_int_eq(access("secret/sock", F_OK), 0);
}
END_TEST

START_TEST(nothing_else_stays_open)
{
	int channel = 5, status;
	pid_t pid;

	unit_write_file("sock", "");
	add_target("127.0.0.1", 1);
	add_target(path_of("sock"), 0);
	prepare();
	if ((pid = fork()) == 0) {
		bool good;

		dup2(STDIN_FILENO, channel);
		dup2(STDIN_FILENO, 4);
		forward_targets_keep(&targets, channel);
		good = fcntl(channel, F_GETFD) != -1 &&
		    fcntl(targets.list[1].directory, F_GETFD) != -1 &&
		    fcntl(STDERR_FILENO, F_GETFD) != -1 &&
		    fcntl(3, F_GETFD) == -1 && fcntl(4, F_GETFD) == -1;
		_exit(good ? 0 : 1);
	}
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* --- loops --- */

static void
listen_on(size_t service, const char *host, unsigned int port)
{
	struct service *s = &services[service];
	size_t n = session.nlisteners++;

	s->handler = HANDLER_FORWARD;
	bound[n] = address(host, port);
	listeners[n] = (struct session_listener) { s, &bound[n], false };
	if (config.nservices <= service)
		config.nservices = service + 1;
}

/* Whether HOST:PORT, as a target of the first service, leads back to it. */
static bool
loops(const char *host, unsigned int port)
{
	const struct target t = { .addr = address(host, port) };

	return forward_loop_find(&session, &t);
}

START_TEST(a_service_that_forwards_to_itself)
{
	listen_on(0, "127.0.0.1", 80);
	ck_assert(loops("127.0.0.1", 80));
	ck_assert(loops("::ffff:127.0.0.1", 80));
	ck_assert(!loops("127.0.0.1", 81));
	ck_assert(!loops("127.0.0.2", 80));
	ck_assert(!loops("::1", 80));
	services[0].interface = "eth0";
	ck_assert(!loops("127.0.0.1", 80));
	services[0].interface = "lo";
	ck_assert(loops("127.0.0.1", 80));
}
END_TEST

/* Only what is this host's. */
START_TEST(a_wildcard)
{
	listen_on(0, "0.0.0.0", 80);
	ck_assert(loops("127.0.0.1", 80));
	ck_assert(loops("127.9.9.9", 80));
	ck_assert(loops("0.0.0.0", 80));
	ck_assert(!loops("192.0.2.1", 80));
	ck_assert(!loops("::1", 80));
	listen_on(0, "::", 80);
	ck_assert(!loops("2001:db8::1", 80));
	ck_assert(loops("::", 80));
}
END_TEST

START_TEST(a_wildcard_of_ipv6)
{
	listen_on(0, "::", 80);
	ck_assert(loops("::1", 80));
}
END_TEST

/* Such a socket is inherited; haild makes two. */
START_TEST(a_socket_for_both_families)
{
	listen_on(0, "::", 80);
	listeners[0].dual = true;
	ck_assert(loops("127.0.0.1", 80));
	ck_assert(loops("0.0.0.0", 80));
	ck_assert(!loops("192.0.2.1", 80));
	ck_assert(!loops("127.0.0.1", 81));
	bound[0] = address("::ffff:127.0.0.2", 80);
	ck_assert(loops("127.0.0.2", 80));
	ck_assert(!loops("127.0.0.3", 80));
}
END_TEST

/* The service NUMBER forwards to HOST:PORT. */
static void
forward_to(size_t number, const char *host, unsigned int port)
{
	static struct target one[3];

	one[number].addr = address(host, port);
	services[number].targets = &one[number];
	services[number].ntargets = 1;
}

START_TEST(a_loop_over_others)
{
	listen_on(0, "127.0.0.1", 80);
	listen_on(1, "127.0.0.1", 81);
	listen_on(2, "@c", 0);
	forward_to(1, "@c", 0);
	forward_to(2, "127.0.0.1", 82);
	ck_assert(!loops("127.0.0.1", 81));
	forward_to(2, "127.0.0.1", 80);
	ck_assert(loops("127.0.0.1", 81));
	ck_assert(loops("@c", 0));
	/* A loop that is not this service's. */
	forward_to(2, "127.0.0.1", 81);
	ck_assert(!loops("127.0.0.1", 81));
	/* A service that does something else ends it. */
	forward_to(2, "127.0.0.1", 80);
	services[1].handler = HANDLER_EXEC;
	ck_assert(!loops("127.0.0.1", 81));
}
END_TEST

/* A path counts if it is the same file, whatever it is called. */
START_TEST(a_loop_over_a_path)
{
	char path[300], other[300];

	unit_write_file("sock", "");
	unit_write_file("other", "");
	ck_assert_int_eq(symlink("sock", "link"), 0);
	snprintf(path, sizeof(path), "%s/sock", here);
	listen_on(0, path, 0);
	ck_assert(loops(path, 0));
	snprintf(other, sizeof(other), "%s/link", here);
	ck_assert(loops(other, 0));
	snprintf(other, sizeof(other), "%s/other", here);
	ck_assert(!loops(other, 0));
	/* In a root directory of its own */
	services[0].chroot = here;
	ck_assert(!loops(path, 0));
	ck_assert(loops("/sock", 0));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, unit_leave_dir);
	tcase_add_checked_fixture(tc, NULL, release);
	tcase_add_test(tc, each_policy_has_its_order);
	tcase_add_test(tc, directories_of_unix_sockets);
	tcase_add_test(tc, with_chroot_paths_are_inside);
	UNIT_ADD_IF(geteuid() == 0, tc, directories_are_opened_as_the_user,
	    "needs root");
	tcase_add_test(tc, nothing_else_stays_open);
	tcase_add_test(tc, a_service_that_forwards_to_itself);
	tcase_add_test(tc, a_wildcard);
	UNIT_ADD_IF(access("/proc/net/if_inet6", F_OK) == 0, tc,
	    a_wildcard_of_ipv6, "needs IPv6");
	tcase_add_test(tc, a_socket_for_both_families);
	tcase_add_test(tc, a_loop_over_others);
	tcase_add_test(tc, a_loop_over_a_path);
}

int
main(void)
{
	return unit_run("forward_targets", add);
}
