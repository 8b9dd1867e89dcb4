/*
 * check_conclude.c -- what those who wait for a reload or an upgrade get.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/answer.h"
#include "haild/conclude.h"

static struct control control;

/* A file with N lines of LINE, as haild-load leaves it. */
static int
errors(const char *line, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_gt(fd, 0);
	while (n-- > 0)
		ck_assert_int_eq(
		    dprintf(fd, "%s\n", line), (int)strlen(line) + 1);
	return fd;
}

/* Let a client wait for COMMAND since SINCE.  Returns its end. */
static int
waiter(enum control_command command, int64_t since)
{
	struct control_process p = { .pid = 1 };
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p.client = pair[1];
	ck_assert(control_wait(&control, &p, command, "", since));
	ck_assert_int_eq(p.client, -1);
	return pair[0];
}

struct got {
	size_t n; /* messages */
	int64_t status;
	char first[1024], last[1024];
};

static void
take(void *arg, enum answer_kind kind, const void *record)
{
	struct got *got = arg;

	if (kind == ANSWER_RESULT)
		got->status = ((const struct answer_result *)record)->status;
	if (kind != ANSWER_MESSAGE)
		return;
	strlcpy(got->last, ((const struct answer_message *)record)->text,
	    sizeof(got->last));
	if (got->n++ == 0)
		strlcpy(got->first, got->last, sizeof(got->first));
}

/* What the client at FD has got. */
static struct got
answer(int fd)
{
	static char text[65536];
	struct got got = { .status = -1 };
	char error[256];
	size_t used = 0;
	ssize_t n;
	bool other;

	while ((n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	text[used] = '\0';
	ck_assert_msg(
	    answer_read(text, take, &got, &other, error, sizeof(error)) == 0,
	    "%s", error);
	return got;
}

static bool
waits(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT) == -1;
}

START_TEST(errors_come_before_the_outcome)
{
	char text[CONCLUDE_TEXT_MAX];
	int fd = errors("a:1: x", 2);

	conclude_text(fd, "reload failed: z", text);
	ck_assert_str_eq(text, "a:1: x\na:1: x\nreload failed: z");
	ck_assert_int_ne(write(fd, "half", 4), -1);
	conclude_text(fd, "reload failed: z", text);
	ck_assert_str_eq(text, "a:1: x\na:1: x\nreload failed: z");
	close(fd);
	conclude_text(0, "reloaded: nothing", text);
	ck_assert_str_eq(text, "reloaded: nothing");
}
END_TEST

START_TEST(who_asked_after_the_beginning_waits_on)
{
	int before, same, after, other, none = 0;
	struct got got;

	control_init(&control);
	before = waiter(CONTROL_RELOAD, 9);
	same = waiter(CONTROL_RELOAD, 10);
	after = waiter(CONTROL_RELOAD, 11);
	other = waiter(CONTROL_UPGRADE, 1);
	conclude(&control, CONTROL_RELOAD, 10, CONTROL_OK, &none, "reloaded");
	got = answer(before);
	ck_assert_int_eq(got.status, CONTROL_OK);
	ck_assert_str_eq(got.last, "reloaded");
	ck_assert_uint_eq(answer(same).n, 1);
	ck_assert(waits(after));
	ck_assert(waits(other));
	conclude(&control, CONTROL_RELOAD, 11, CONTROL_FAILED, &none, "failed");
	ck_assert_int_eq(answer(after).status, CONTROL_FAILED);
	ck_assert(waits(other));
	close(other);
}
END_TEST

/* The daemon writes an answer at once or not at all. */
START_TEST(the_outcome_comes_however_many_errors_there_are)
{
	static const char *const lines[] = { "x", "conf:1: unknown setting",
		"                                                            ",
		"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\",
		"\001\002\003\004\005\006" };
	struct got got;
	size_t i;
	int fd, client;

	for (i = 0; i < COUNT(lines); i++) {
		control_init(&control);
		client = waiter(CONTROL_RELOAD, 1);
		fd = errors(lines[i], 5000);
		conclude(&control, CONTROL_RELOAD, 1, CONTROL_FAILED, &fd,
		    "reload failed: z");
		ck_assert_int_eq(fd, 0);
		got = answer(client);
		ck_assert_int_eq(got.status, CONTROL_FAILED);
		ck_assert_uint_gt(got.n, 20);
		ck_assert_str_eq(got.first, lines[i]);
		ck_assert_str_eq(got.last, "reload failed: z");
	}
}
END_TEST

START_TEST(a_client_that_has_gone_does_no_harm)
{
	int none = 0;

	control_init(&control);
	close(waiter(CONTROL_RELOAD, 1));
	conclude(&control, CONTROL_RELOAD, 1, CONTROL_OK, &none, "reloaded");
	ck_assert_int_eq(control.waiters[0].client, -1);
}
END_TEST

START_TEST(a_client_too_many_is_refused)
{
	struct control_process p = { .pid = 1 };
	int pair[2], none = 0, i, clients[CONTROL_WAITERS];
	struct got got;

	control_init(&control);
	for (i = 0; i < CONTROL_WAITERS; i++)
		clients[i] = waiter(CONTROL_STOP, 1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p.client = pair[1];
	ck_assert(!control_wait(&control, &p, CONTROL_STOP, "", 1));
	got = answer(pair[0]);
	ck_assert_int_eq(got.status, CONTROL_BUSY);
	conclude(&control, CONTROL_STOP, 1, CONTROL_OK, &none, "stopped");
	for (i = 0; i < CONTROL_WAITERS; i++)
		ck_assert_str_eq(answer(clients[i]).last, "stopped");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, errors_come_before_the_outcome);
	tcase_add_test(tc, who_asked_after_the_beginning_waits_on);
	tcase_add_test(tc, the_outcome_comes_however_many_errors_there_are);
	tcase_add_test(tc, a_client_that_has_gone_does_no_harm);
	tcase_add_test(tc, a_client_too_many_is_refused);
}

int
main(void)
{
	return unit_run("conclude", add);
}
