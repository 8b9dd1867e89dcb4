/*
 * check_builtin.c -- the services that need no program, each in a child at one
 * end of a socket pair.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "session/builtin.h"
#include "lib/io.h"

static int fd;	  /* the client's end */
static pid_t pid; /* who serves */

static void
start(const char *name)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if ((pid = fork()) == 0) {
		signal(SIGPIPE, SIG_IGN); /* so that it returns */
		close(pair[0]);
		builtin_serve(builtin_find(name),
		    &(struct timed_io) {
			.fd = pair[1], .start = -1, .idle = -1 });
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	close(pair[1]);
	fd = pair[0];
}

static void
expect_end(void)
{
	int status = unit_wait(pid);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* All until the end, at most SIZE bytes. */
static size_t
read_all(char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size && (n = io_read(fd, buf + used, size - used)) != 0) {
		ck_assert_int_gt(n, 0);
		used += (size_t)n;
	}
	return used;
}

START_TEST(echo_sends_back_what_comes)
{
	char sent[40000], got[40001];
	size_t i;

	start("echo");
	for (i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i ^ i >> 8);
	/* fits in the socket's buffers, in both directions */
	ck_assert_int_eq(io_write_all(fd, sent, 5), 0);
	ck_assert_uint_eq(read_all(got, 5), 5);
	ck_assert_mem_eq(got, sent, 5);
	ck_assert_int_eq(io_write_all(fd, sent, sizeof(sent)), 0);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_uint_eq(read_all(got, sizeof(got)), sizeof(sent));
	ck_assert_mem_eq(got, sent, sizeof(sent));
	expect_end();
}
END_TEST

START_TEST(discard_sends_nothing)
{
	static char sent[1 << 20];
	char c;

	start("discard");
	ck_assert_int_eq(io_write_all(fd, sent, sizeof(sent)), 0);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_uint_eq(read_all(&c, 1), 0);
	expect_end();
}
END_TEST

/* RFC 864: 72 printing characters, the next line begins one further. */
START_TEST(chargen_turns_through_95_characters)
{
	char line[74], want[74];
	int i, j;

	start("chargen");
	for (i = 0; i < 300; i++) {
		for (j = 0; j < 72; j++)
			want[j] = (char)(' ' + (i + j) % 95);
		want[72] = '\r';
		want[73] = '\n';
		ck_assert_uint_eq(read_all(line, 74), 74);
		ck_assert_mem_eq(line, want, 74);
	}
	close(fd);
	expect_end();
}
END_TEST

START_TEST(chargen_begins_as_the_rfc_shows)
{
	static const char want[] =
	    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "[\\]^_`abcdefg\r\n";
	char line[sizeof(want)] = "";

	start("chargen");
	ck_assert_uint_eq(read_all(line, 74), 74);
	ck_assert_str_eq(line, want);
	close(fd);
	expect_end();
}
END_TEST

/* A client that sends without end neither stops it nor is stopped for good. */
START_TEST(chargen_throws_away_what_comes)
{
	static char buf[65536];
	size_t sent = 0;
	ssize_t n;
	int found;

	start("chargen");
	while (sent < 4 << 20) {
		found = io_wait(fd, POLLIN | POLLOUT, -1);
		if (found & POLLIN)
			ck_assert_int_gt(io_read(fd, buf, sizeof(buf)), 0);
		if (!(found & POLLOUT))
			continue;
		n = send(fd, buf, sizeof(buf), MSG_DONTWAIT);
		ck_assert(n > 0 || errno == EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	expect_end();
}
END_TEST

START_TEST(daytime_is_one_line_of_now)
{
	char text[128], *end;
	time_t before, told, after;
	struct tm tm = { 0 };
	size_t n;

	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
	before = time(NULL);
	start("daytime");
	n = read_all(text, sizeof(text) - 1);
	after = time(NULL);
	text[n] = '\0';
	end = strptime(text, "%a %b %e %H:%M:%S %Y", &tm);
	ck_assert_msg(end != NULL, "%s", text);
	ck_assert_str_eq(end, "\r\n");
	told = timegm(&tm);
	ck_assert_int_ge(told, before);
	ck_assert_int_le(told, after);
	expect_end();
}
END_TEST

/* RFC 868: seconds since 1900, four bytes, the high one first. */
START_TEST(time_is_four_bytes_of_now)
{
	unsigned char b[5];
	uint32_t before, told, after;

	before = (uint32_t)(time(NULL) + INT64_C(2208988800));
	start("time");
	ck_assert_uint_eq(read_all((char *)b, sizeof(b)), 4);
	after = (uint32_t)(time(NULL) + INT64_C(2208988800));
	told = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3];
	/* the difference, since the number wraps in 2036 */
	ck_assert_uint_le(told - before, after - before);
	expect_end();
}
END_TEST

START_TEST(health_is_one_line_for_haproxy)
{
	static const struct {
		int health;
		const char *line;
	} cases[] = { { 0, "drain\n" }, { 1, "ready 1%\n" },
		{ 100, "ready 100%\n" } };
	char got[64];
	int pair[2];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timed_io t = {
			.start = -1, .idle = -1, .health = cases[i].health
		};

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		t.fd = pair[1];
		builtin_serve(builtin_find("health"), &t);
		close(pair[1]);
		fd = pair[0];
		ck_assert_uint_eq(
		    read_all(got, sizeof(got)), strlen(cases[i].line));
		ck_assert_mem_eq(got, cases[i].line, strlen(cases[i].line));
		close(fd);
	}
}
END_TEST

START_TEST(message_is_sent_as_it_is)
{
	static const char text[] = "Smile \xff\x01 100%n\n";
	struct timed_io t = { .start = -1, .idle = -1 };
	char got[64];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	t.fd = pair[1];
	builtin_message(&t, text);
	builtin_message(&t, "");
	close(pair[1]);
	fd = pair[0];
	ck_assert_uint_eq(read_all(got, sizeof(got)), strlen(text));
	ck_assert_mem_eq(got, text, strlen(text));
}
END_TEST

/* One end of a pair, and NAME in this process on the other. */
static enum timed_late
serve_late(const char *name, int64_t start, int64_t idle, const char *sent)
{
	struct timed_io t = { .start = clock_now() + start, .idle = idle };
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(io_write_all(pair[0], sent, strlen(sent)), 0);
	t.fd = pair[1];
	builtin_serve(builtin_find(name), &t);
	close(pair[0]);
	close(pair[1]);
	return t.late;
}

START_TEST(the_late_are_found_out)
{
	int64_t soon = SECOND / 20, before = clock_now();

	ck_assert_int_eq(
	    serve_late("echo", soon, 3600 * SECOND, ""), TIMED_LATE_START);
	ck_assert_int_eq(serve_late("discard", soon, -1, ""), TIMED_LATE_START);
	/* a byte is there: only silence counts */
	ck_assert_int_eq(
	    serve_late("echo", 3600 * SECOND, soon, "a"), TIMED_LATE_IDLE);
	ck_assert_int_eq(
	    serve_late("discard", 3600 * SECOND, soon, "a"), TIMED_LATE_IDLE);
	/* nobody reads, and there is no first byte to wait for */
	ck_assert_int_eq(
	    serve_late("chargen", -SECOND, soon, ""), TIMED_LATE_IDLE);
	ck_assert_int_ge(clock_now() - before, 5 * soon);
	/* what needs no byte is not late */
	ck_assert_int_eq(serve_late("time", -SECOND, soon, ""), TIMED_IN_TIME);
}
END_TEST

/* --- over UDP --- */

/* What NAME makes of the datagram TEXT, in BUF; returns the length. */
static size_t
answer(const char *name, const char *text, char *buf)
{
	const struct builtin_service *b = builtin_find(name);
	size_t len = strlen(text);

	ck_assert(b != NULL);
	memcpy(buf, text, len);
	return b->answer(buf, len);
}

START_TEST(answers_to_datagrams)
{
	char buf[BUILTIN_DATAGRAM_MAX], much[200];
	size_t n;

	ck_assert_uint_eq(answer("echo", "hello", buf), 5);
	ck_assert_mem_eq(buf, "hello", 5);
	ck_assert_uint_eq(answer("discard", "hello", buf), 0);
	n = answer("daytime", "", buf);
	ck_assert_uint_ge(n, 20);
	ck_assert_mem_eq(&buf[n - 2], "\r\n", 2);
	ck_assert_uint_eq(answer("time", "", buf), 4);
	/* no more than what came, and a line at most */
	ck_assert_uint_eq(answer("chargen", "", buf), 0);
	ck_assert_uint_eq(answer("chargen", "123", buf), 3);
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	ck_assert_uint_eq(answer("chargen", much, buf), 74);
	ck_assert_mem_eq(&buf[72], "\r\n", 2);
}
END_TEST

START_TEST(names)
{
	size_t i;

	for (i = 0; i < NBUILTINS; i++) {
		ck_assert_ptr_nonnull(builtin_find(config_builtins[i]));
		ck_assert(i == BUILTIN_HEALTH ||
		    builtin_find(config_builtins[i])->answer != NULL);
	}
	ck_assert_ptr_null(config_builtins[NBUILTINS]);
	ck_assert(builtin_find("finger") == NULL);
	ck_assert(builtin_find("") == NULL);
	ck_assert(builtin_find("Echo") == NULL);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, echo_sends_back_what_comes);
	tcase_add_test(tc, discard_sends_nothing);
	tcase_add_test(tc, chargen_turns_through_95_characters);
	tcase_add_test(tc, chargen_begins_as_the_rfc_shows);
	tcase_add_test(tc, chargen_throws_away_what_comes);
	tcase_add_test(tc, daytime_is_one_line_of_now);
	tcase_add_test(tc, time_is_four_bytes_of_now);
	tcase_add_test(tc, health_is_one_line_for_haproxy);
	tcase_add_test(tc, message_is_sent_as_it_is);
	tcase_add_test(tc, the_late_are_found_out);
	tcase_add_test(tc, answers_to_datagrams);
	tcase_add_test(tc, names);
}

int
main(void)
{
	return unit_run("builtin", add);
}
