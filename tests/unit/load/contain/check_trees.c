/*
 * check_trees.c -- which services share a mount namespace, what becomes of one
 * that cannot be made, and how the daemon gets them.
 */

#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "haild/containment/trees.h"
#include "lib/log.h"
#include "load/contain/trees.h"

#define SERVICES 4

static const struct identity user = { .name = "user", .uid = 100 };
static struct arena arena;
static struct service services[SERVICES + 1];
static struct config config;
static struct config_source source;
static char problems[2048];
static struct loader loader;

static void
note(void *arg UNUSED, bool error, const char *text)
{
	strlcat(problems, error ? "E " : "W ", sizeof(problems));
	strlcat(problems, text, sizeof(problems));
	strlcat(problems, "\n", sizeof(problems));
}

static void
begin(void)
{
	static const char *const names[SERVICES] = { "a", "b", "c", "d" };
	size_t i;

	ck_assert_int_eq(arena_create(&arena, 0), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	memset(services, 0, sizeof(services));
	for (i = 0; i < SERVICES; i++)
		services[i] = (struct service) { .name = names[i],
			.file = "test.conf",
			.line = (int)i + 1,
			.handler = HANDLER_EXEC,
			.identity = &user,
			.no_new_privileges = true,
			.contained.tree = NO_TREE };
	config =
	    (struct config) { .services = services, .nservices = SERVICES };
	source =
	    (struct config_source) { .tolerant = true, .trial = TRIAL_MUST };
	loader = (struct loader) { .source = &source,
		.arena = &arena,
		.sink = note,
		.config = &config };
	problems[0] = '\0';
	log_init("test", 0, LOG_DAEMON, LOG_INFO);
}

static void
end(void)
{
	trees_forget();
	arena_destroy(&arena);
}

/* --- which there are --- */

START_TEST(none_is_needed)
{
	trees_build(&loader);
	ck_assert_int_eq(services[0].contained.tree, NO_TREE);
	ck_assert_str_eq(problems, "");
}
END_TEST

START_TEST(equal_settings_share_one)
{
	struct service commands[2] = {
		{ .name = "x", .handler = HANDLER_COMMAND, .private_tmp = true }
	};
	struct grant grant = NO_GRANT, other = NO_GRANT;

	services[0].protect_home = PROTECT_HOME_YES;
	services[1].private_tmp = true;
	services[2].protect_home = PROTECT_HOME_YES;
	/* Its own session is not contained; its commands are. */
	services[3].handler = HANDLER_COMMANDS;
	services[3].private_tmp = true;
	services[3].commands = commands;
	trees_build(&loader);
	ck_assert_int_eq(services[0].contained.tree, 0);
	ck_assert_int_eq(services[1].contained.tree, 1);
	ck_assert_int_eq(services[2].contained.tree, 0);
	ck_assert_int_eq(services[3].contained.tree, NO_TREE);
	ck_assert_int_eq(commands[0].contained.tree, 1);
	trees_trial_grant(&services[2], &grant);
	ck_assert_int_ne(grant.tree, -1);
	trees_trial_grant(&services[1], &other);
	ck_assert_int_ne(grant.tree, other.tree);
	ck_assert_str_eq(problems, "");
}
END_TEST

START_TEST(services_that_are_not_served)
{
	services[0].protect_home = services[1].protect_home = PROTECT_HOME_YES;
	services[0].disable = true;
	services[1].missing = "something";
	trees_build(&loader);
	ck_assert_int_eq(services[0].contained.tree, NO_TREE);
	ck_assert_int_eq(services[1].contained.tree, NO_TREE);
}
END_TEST

/* --- errors --- */

START_TEST(a_missing_path)
{
	const char *const paths[] = { "/none", NULL };

	services[1].bind_paths = paths;
	trees_build(&loader);
	ck_assert_str_eq(problems,
	    "E test.conf:2: \"bind-paths\": /none: No such file or directory; "
	    "\"b\" is out of service\n");
	ck_assert_str_eq(services[1].missing,
	    "\"bind-paths\": /none: No such file or directory");
	ck_assert_uint_eq(loader.errors, 0);
}
END_TEST

/* Made to fail in all children. */
static bool denied;

int
unshare(int flags)
{
	if (denied) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_unshare, flags);
}

START_TEST(a_host_that_refuses)
{
	denied = true;
	services[0].protect_home = PROTECT_HOME_YES;
	trees_build(&loader);
	ck_assert_str_eq(services[0].missing,
	    "cannot create a mount namespace: Operation not permitted (needs "
	    "CAP_SYS_ADMIN)");
	/* haild -t may have fewer privileges than the daemon. */
	services[0].missing = NULL;
	source.trial = TRIAL_WARN;
	problems[0] = '\0';
	trees_build(&loader);
	ck_assert_ptr_null(services[0].missing);
	ck_assert_str_eq(problems,
	    "W test.conf:1: \"a\": haild -t cannot start a session: cannot "
	    "create a mount namespace: Operation not permitted (needs "
	    "CAP_SYS_ADMIN); the daemon may be able to\n");
}
END_TEST

/* --- the network --- */

static ino_t
inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

START_TEST(the_network_is_shared_where_landlock_separates)
{
	struct grant grant[4] = { NO_GRANT, NO_GRANT, NO_GRANT, NO_GRANT };
	struct stat own;
	size_t i;

	for (i = 0; i < 4; i++) {
		services[i].private_network = true;
		services[i].landlock_scope = i != 2;
	}
	services[3].contained.capabilities = 1;
	trees_build(&loader);
	for (i = 0; i < 4; i++)
		trees_trial_grant(&services[i], &grant[i]);
	ck_assert_int_gt(grant[0].network, 0);
	ck_assert_int_eq(grant[0].network, grant[1].network);
	ck_assert_int_eq(grant[2].network, -1);
	ck_assert_int_eq(grant[3].network, -1);
	ck_assert_int_eq(stat("/proc/self/ns/net", &own), 0);
	ck_assert(inode(grant[0].network) != own.st_ino);
}
END_TEST

/* In /sys a session with privileges can change the network of the tree. */
START_TEST(a_tree_does_not_show_the_shared_network_to_root)
{
	static const struct identity root = { .name = "root" };
	size_t i;

	for (i = 0; i < 3; i++) {
		services[i].protect_home = PROTECT_HOME_YES;
		services[i].private_network = true;
		services[i].landlock_scope = true;
	}
	services[1].identity = &root;
	trees_build(&loader);
	ck_assert_str_eq(problems, "");
	ck_assert_int_eq(services[0].contained.tree, 0);
	ck_assert_int_eq(services[1].contained.tree, 1);
	ck_assert_int_eq(services[2].contained.tree, 0);
}
END_TEST

/* --- to the daemon --- */

START_TEST(they_are_sent)
{
	struct trees got;
	struct grant have, sent;
	int pair[2];
	size_t i;

	services[0].protect_home = PROTECT_HOME_YES;
	services[0].private_network = services[0].landlock_scope = true;
	services[1].private_tmp = true;
	trees_build(&loader);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(trees_send(pair[1]), 0);
	close(pair[1]);
	ck_assert_int_eq(trees_receive(&got, pair[0]), 0);
	ck_assert_uint_eq(got.n, 2);
	for (i = 0; i < 3; i++) {
		have = sent = NO_GRANT;
		trees_grant(&got, &services[i], &have);
		trees_trial_grant(&services[i], &sent);
		ck_assert_int_eq(have.tree == -1, i == 2);
		ck_assert_int_eq(sent.tree == -1, i == 2);
		if (i < 2)
			ck_assert(inode(have.tree) == inode(sent.tree));
		ck_assert_int_eq(have.network == -1, sent.network == -1);
	}
	trees_close(&got);
	ck_assert_uint_eq(got.n, 0);
	ck_assert_int_eq(got.network, -1);
	close(pair[0]);
}
END_TEST

/*
 * haild-load does not wait, and the daemon reads when it has ended.  With
 * sanitizers, a thousand can take longer than haild-load tries.
 */
#ifdef __SANITIZE_ADDRESS__
enum { MANY = 300 };
#else
enum { MANY = 1000 };
#endif

START_TEST(very_many_fit)
{
	static struct service many[MANY + 1];
	static char paths[MANY][32];
	static const char *lists[MANY][2];
	struct rlimit rl;
	struct trees got;
	int pair[2], i;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &rl), 0);
	if (rl.rlim_max < 2 * MANY + 100)
		return;
	for (i = 0; i < MANY; i++) {
		snprintf(paths[i], sizeof(paths[i]), "-/none/%d", i);
		lists[i][0] = paths[i];
		many[i] = services[0];
		many[i].read_only_paths = lists[i];
	}
	config.services = many;
	config.nservices = MANY;
	trees_build(&loader);
	ck_assert_str_eq(problems, "");
	ck_assert_int_eq(many[MANY - 1].contained.tree, MANY - 1);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(trees_send(pair[1]), 0);
	trees_forget();
	ck_assert_int_eq(trees_receive(&got, pair[0]), 0);
	ck_assert_uint_eq(got.n, MANY);
	trees_close(&got);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

static void
add(TCase *tc)
{
	bool able =
	    !unit_is_valgrind() && unit_can_unshare(CLONE_NEWNS | CLONE_NEWNET);
	const char *why = unit_is_valgrind() ? "cannot run under valgrind"
					     : "needs namespaces";

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, none_is_needed);
	tcase_add_test(tc, services_that_are_not_served);
	tcase_add_test(tc, a_host_that_refuses);
#define ADD(test) UNIT_ADD_IF(able, tc, test, why)
	ADD(equal_settings_share_one);
	ADD(a_missing_path);
	UNIT_ADD_IF(able && landlock_version() >= 6, tc,
	    the_network_is_shared_where_landlock_separates,
	    able ? "needs Landlock" : why);
	ADD(a_tree_does_not_show_the_shared_network_to_root);
	ADD(they_are_sent);
	ADD(very_many_fit);
}

int
main(void)
{
	return unit_run("trees", add);
}
