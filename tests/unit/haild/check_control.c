/*
 * check_control.c -- the control socket's file, what kill selects, and secrets.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/control/control.h"
#include "haild/control/secrets.h"
#include "haild/control/select.h"

/* --- the socket --- */

static char dir[64], path[100];
static struct control control;

static void
enter(void)
{
	unit_enter_dir();
	ck_assert_ptr_nonnull(getcwd(dir, sizeof(dir)));
	snprintf(path, sizeof(path), "%s/ctl", dir);
	control_init(&control);
}

static void
leave(void)
{
	control_close(&control);
	unit_leave_dir();
}

/* Want WHERE.  Returns what control_plan does. */
static int
want(const char *where, int gid)
{
	const struct config config = { .control = where, .control_gid = gid };
	struct control_plan plan;

	if (control_plan(&plan, &control, &config) == -1)
		return -1;
	control_commit(&control, &plan);
	return 0;
}

static unsigned int
mode_of(const char *file)
{
	struct stat st;

	return lstat(file, &st) == 0 ? st.st_mode & 0777 : 0;
}

START_TEST(the_socket_follows_the_configuration)
{
	char other[sizeof(path) + 2];
	int fd;

	ck_assert_int_eq(want(path, -1), 0);
	ck_assert_int_ne(control.fd, -1);
	ck_assert_uint_eq(mode_of(path), 0600);
	fd = control.fd;
	ck_assert_int_eq(want(path, (int)getegid()), 0);
	ck_assert_int_eq(control.fd, fd);
	ck_assert_uint_eq(mode_of(path), 0660);
	ck_assert_int_eq(want(path, -1), 0);
	ck_assert_uint_eq(mode_of(path), 0600);
	snprintf(other, sizeof(other), "%s2", path);
	ck_assert_int_eq(want(other, -1), 0);
	ck_assert_uint_eq(mode_of(path), 0);
	ck_assert_uint_eq(mode_of(other), 0600);
	ck_assert_int_eq(want(NULL, -1), 0);
	ck_assert_uint_eq(mode_of(other), 0);
	ck_assert_int_eq(control.fd, -1);
}
END_TEST

START_TEST(a_plan_that_is_cancelled_changes_nothing)
{
	const struct config config = { .control = path, .control_gid = -1 };
	struct control_plan plan;

	ck_assert_int_eq(control_plan(&plan, &control, &config), 0);
	ck_assert_uint_eq(mode_of(path), 0600);
	control_cancel(&plan);
	ck_assert_uint_eq(mode_of(path), 0);
	ck_assert_int_eq(control.fd, -1);

	/* One that would keep the socket does not remove it. */
	ck_assert_int_eq(want(path, -1), 0);
	ck_assert_int_eq(control_plan(&plan, &control, &config), 0);
	ck_assert(plan.keep);
	control_cancel(&plan);
	ck_assert_uint_eq(mode_of(path), 0600);
}
END_TEST

START_TEST(a_file_that_was_removed_is_made_again)
{
	ck_assert_int_eq(want(path, -1), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(want(path, -1), 0);
	ck_assert_uint_eq(mode_of(path), 0600);
}
END_TEST

START_TEST(others_are_left_alone)
{
	struct control first = control;

	ck_assert_int_eq(want(path, -1), 0);
	first = control;
	control_init(&control);
	ck_assert_int_eq(want(path, -1), -1); /* it is used */
	control_close(&first);
	unit_write_file(path, "");
	ck_assert_int_eq(want(path, -1), -1); /* not a socket */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(chmod(dir, 0775), 0);
	ck_assert_int_eq(want(path, -1), -1); /* others can write there */
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(want(path, -1), 0);
}
END_TEST

START_TEST(only_the_preset_path_may_be_unusable)
{
	struct config config = { .control = "none/ctl", .control_gid = -1 };
	struct control_plan plan;

	ck_assert_int_eq(control_plan(&plan, &control, &config), -1);
	config.control_is_preset = true;
	ck_assert_int_eq(control_plan(&plan, &control, &config), 0);
	ck_assert_int_eq(plan.fd, -1);
	control_commit(&control, &plan);
	ck_assert_int_eq(control.fd, -1);
	ck_assert(!control_polls(&control));
	/* One that exists does not stay where it was. */
	ck_assert_int_eq(want(path, -1), 0);
	ck_assert_int_eq(control_plan(&plan, &control, &config), 0);
	control_commit(&control, &plan);
	ck_assert_int_eq(control.fd, -1);
	ck_assert_uint_eq(mode_of(path), 0);
}
END_TEST

/* --- answers --- */

/* What control_answer sends for TEXT. */
static const char *
answer_of(const char *text)
{
	static char buf[20000];
	ssize_t n;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	control_answer(pair[0], CONTROL_FAILED, text);
	n = recv(pair[1], buf, sizeof(buf) - 1, MSG_WAITALL);
	ck_assert_int_ge(n, 0);
	buf[n] = '\0';
	close(pair[1]);
	return buf;
}

START_TEST(an_answer_is_whole)
{
	char text[5000];

	ck_assert_str_eq(answer_of("a\nb\n"),
	    "haild-answer version=1\nmessage text=a\nmessage text=b\n"
	    "result status=1\nend lines=4\n");
	memset(text, ' ', sizeof(text)); /* \040 each */
	text[sizeof(text) - 1] = '\0';
	ck_assert_ptr_nonnull(strstr(answer_of(text), "too\\040long"));
	ck_assert_ptr_nonnull(
	    strstr(answer_of(text), "\nresult status=1\nend lines=3\n"));
}
END_TEST

/* --- what kill selects --- */

static struct children all;
static struct service_stats a = { .name = (char[]) { "a" } },
			    b = { .name = (char[]) { "b" } };
static const struct service service = { .handler = HANDLER_EXEC };

static struct child *
started(struct service_stats *stats, const char *host, uid_t uid, pid_t pid)
{
	static const struct source_refs refs;
	struct client client = { .cred = { .uid = uid } };
	struct child *c;

	if (host != NULL)
		ck_assert_int_eq(addr_from_numeric(&client.addr, host, 1), 0);
	else
		client.addr.sa.sa_family = AF_UNIX;
	c = children_reserve(&all, &service, stats, &client, &refs, 1);
	if (pid != 0)
		children_started(&all, c, pid, -1);
	return c;
}

static size_t
selected(const struct control_request *r)
{
	const struct control_view v = { .children = &all };
	struct control_victim list[2];
	size_t n, total = 0;
	uint32_t at = 0;

	while ((n = select_victims(&v, r, &at, list, COUNT(list))) > 0)
		total += n;
	return total;
}

#define SELECTED(...) selected(&(struct control_request) { __VA_ARGS__ })

START_TEST(each_choice_narrows)
{
	struct child *c, *gone, *starting;

	TAILQ_INIT(&a.timed);
	TAILQ_INIT(&b.timed);
	ck_assert_int_eq(children_create(&all), 0);
	started(&a, "192.0.2.1", 0, 101);
	started(&a, "192.0.2.2", 0, 102);
	started(&b, "192.0.2.1", 0, 103);
	started(&b, "2001:db8::1", 0, 104);
	started(&b, NULL, 7, 105);
	started(&b, NULL, 0, 106);
	c = started(&b, "198.51.100.1", 0, 107);
	children_identify(&all, c, "web");
	started(&a, "192.0.2.9", 0, 0); /* reserved */
	starting = started(&a, "203.0.113.1", 0, 0);
	starting->relay = 1;
	gone = started(&a, "192.0.2.9", 0, 108);
	children_release(&all, gone);

	ck_assert_uint_eq(SELECTED(.service = "a"), 3);
	ck_assert_uint_eq(SELECTED(.source = "192.0.2.1"), 2);
	ck_assert_uint_eq(SELECTED(.source = "192.0.2.0/24"), 3);
	ck_assert_uint_eq(SELECTED(.source = "0.0.0.0/0"), 5);
	ck_assert_uint_eq(SELECTED(.source = "203.0.113.1"), 1);
	ck_assert_uint_eq(SELECTED(.source = "2001:db8::/32"), 1);
	ck_assert_uint_eq(SELECTED(.source = "uid:7"), 1);
	ck_assert_uint_eq(SELECTED(.source = "uid:8"), 0);
	ck_assert_uint_eq(SELECTED(.source = "nonsense"), 0);
	ck_assert_uint_eq(SELECTED(.identity = "web"), 1);
	ck_assert_uint_eq(SELECTED(.identity = "we"), 0);
	ck_assert_uint_eq(
	    SELECTED(.service = "b", .source = "192.0.2.0/24"), 1);
	ck_assert_uint_eq(SELECTED(.ids = { c->serial, 999 }, .nids = 2), 1);
	ck_assert_uint_eq(
	    SELECTED(.ids = { c->serial }, .nids = 1, .service = "a"), 0);
}
END_TEST

START_TEST(missing_ids_are_counted)
{
	const struct control_view v = { .children = &all };
	struct control_request r = { .nids = CONTROL_MISSING_MAX + 3 };
	struct control_action action = { 0 };
	size_t i;

	TAILQ_INIT(&a.timed);
	ck_assert_int_eq(children_create(&all), 0);
	r.ids[0] = started(&a, "192.0.2.1", 0, 101)->serial;
	for (i = 1; i < r.nids; i++)
		r.ids[i] = 1000 + (uint32_t)i;
	select_missing(&v, &r, &action);
	ck_assert_uint_eq(action.nmissing, CONTROL_MISSING_MAX + 2);
	ck_assert_uint_eq(action.missing[0], 1001);
}
END_TEST

/* --- secrets --- */

START_TEST(secrets_are_overwritten_in_this_process_only)
{
	struct arena arena;
	const char **list;
	struct service *s;
	struct config *config;
	struct text *texts;
	pid_t pid;
	int status;

	ck_assert_int_eq(arena_create(&arena, 0), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	config = arena_alloc(&arena, sizeof(*config));
	s = arena_alloc(&arena, sizeof(*s));
	list = arena_alloc(&arena, 3 * sizeof(*list));
	texts = arena_alloc(&arena, sizeof(*texts));
	list[0] = arena_strdup(&arena, "NAME=secret");
	list[1] = arena_strdup(&arena, "EMPTY=");
	s->environment = list;
	config->services = s;
	config->nservices = 1;
	texts->text = arena_strdup(&arena, "the file");
	config->texts = texts;
	config->ntexts = 1;
	ck_assert_int_eq(arena_finish(&arena), 0);
	ck_assert_ptr_nonnull(arena_seal(&arena));
	if ((pid = fork()) == 0)
		_exit(secrets_overwrite(&arena, config, NULL) != 0 ||
		    strcmp(list[0], "NAME=") != 0 ||
		    memchr(list[0], 's', sizeof("NAME=secret")) != NULL ||
		    texts->text[0] != '\0');
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(list[0], "NAME=secret");
	ck_assert_str_eq(texts->text, "the file");
	arena_destroy(&arena);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, the_socket_follows_the_configuration);
	tcase_add_test(tc, a_plan_that_is_cancelled_changes_nothing);
	tcase_add_test(tc, a_file_that_was_removed_is_made_again);
	tcase_add_test(tc, others_are_left_alone);
	tcase_add_test(tc, only_the_preset_path_may_be_unusable);
	tcase_add_test(tc, an_answer_is_whole);
	tcase_add_test(tc, each_choice_narrows);
	tcase_add_test(tc, missing_ids_are_counted);
	tcase_add_test(tc, secrets_are_overwritten_in_this_process_only);
}

int
main(void)
{
	return unit_run("control", add);
}
