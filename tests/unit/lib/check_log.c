/*
 * check_log.c -- messages to a syslog of the test's own, and to standard error.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <poll.h>

#include "lib/io.h"
#include "lib/log.h"
#include "tests/json_object.h"

#define SOCKET "syslog" /* in the test's directory */

static int syslogd = -1;

static void
start_syslog(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKET };

	syslogd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(syslogd, 0);
	ck_assert_int_eq(
	    bind(syslogd, (struct sockaddr *)&sun, sizeof(sun)), 0);
}

static void
stop_syslog(void)
{
	close(syslogd);
	ck_assert_int_eq(unlink(SOCKET), 0);
}

static void
log_to(int to, int level)
{
	log_init_path("test", to, LOG_DAEMON, level, SOCKET);
}

/* The next datagram as it came, or NULL when there is none. */
static const char *
receive(void)
{
	static char text[65536];
	ssize_t n = recv(syslogd, text, sizeof(text) - 1, 0);

	if (n == -1) {
		ck_assert_int_eq(errno, EAGAIN);
		return NULL;
	}
	text[n] = '\0';
	ck_assert_uint_eq(strlen(text), (size_t)n);
	return text;
}

/*
 * The text of a message in RFC 3164's form (section 4.1, without the host)
 * with PRIORITY; "" when there is none.
 */
static const char *
message(int priority)
{
	const char *text = receive();
	char want[64];
	struct tm tm = { 0 };

	if (text == NULL)
		return "";
	snprintf(want, sizeof(want), "<%d>", priority);
	ck_assert_msg(strncmp(text, want, strlen(want)) == 0,
	    "\"%s\" has another priority than %d", text, priority);
	text += strlen(want);
	/* "Jan  2 03:04:05": always 15 bytes, the day without a zero */
	ck_assert_ptr_eq(strptime(text, "%b %e %H:%M:%S", &tm), text + 15);
	ck_assert_int_ne(text[4], '0');
	text += 15;
	snprintf(want, sizeof(want), " test[%ld]: ", (long)getpid());
	ck_assert_msg(strncmp(text, want, strlen(want)) == 0,
	    "\"%s\" does not begin with \"%s\"", text, want);
	return text + strlen(want);
}

/* --- syslog -----------------------------------------------------------------
 */

START_TEST(form_and_levels)
{
	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_DEBUG);
	ck_assert_int_eq(log_level(), LOG_DEBUG);
	errno = ENOENT;
	log_err("%s %d", "one", 1);
	ck_assert_str_eq(message(24 + 3), "one 1: No such file or directory");
	log_errx("two");
	ck_assert_str_eq(message(24 + 3), "two");
	log_warn("three");
	ck_assert_str_eq(message(24 + 4), "three: No such file or directory");
	log_warnx("four");
	ck_assert_str_eq(message(24 + 4), "four");
	log_info("five");
	ck_assert_str_eq(message(24 + 6), "five");
	log_debug("six");
	ck_assert_str_eq(message(24 + 7), "six");
	log_at(LOG_NOTICE, "seven");
	ck_assert_str_eq(message(24 + 5), "seven");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_uint_eq(log_lost().all, 0);
}
END_TEST

START_TEST(messages_above_the_level_are_discarded)
{
	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_WARNING);
	log_info("info");
	log_debug("debug");
	log_warnx("warning");
	log_at(LOG_NOTICE, "notice");
	ck_assert_str_eq(message(24 + 4), "warning");
	ck_assert_str_eq(message(0), "");
}
END_TEST

START_TEST(facility_can_be_changed)
{
	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_set_facility(log_facility_number("local7"));
	log_info("x");
	ck_assert_str_eq(message(23 * 8 + 6), "x");
}
END_TEST

START_TEST(facilities_have_names)
{
	static const struct {
		const char *name;
		int number;
	} cases[] = { { "kern", 0 }, { "user", 1 }, { "mail", 2 },
		{ "daemon", 3 }, { "auth", 4 }, { "syslog", 5 }, { "lpr", 6 },
		{ "news", 7 }, { "uucp", 8 }, { "cron", 9 }, { "authpriv", 10 },
		{ "ftp", 11 }, { "local0", 16 }, { "local1", 17 },
		{ "local2", 18 }, { "local3", 19 }, { "local4", 20 },
		{ "local5", 21 }, { "local6", 22 }, { "local7", 23 } };
	size_t i;

	/* RFC 3164, section 4.1.1 */
	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    log_facility_number(cases[i].name), cases[i].number * 8);
		ck_assert_str_eq(
		    log_facility_name(cases[i].number * 8), cases[i].name);
	}
	ck_assert_int_eq(log_facility_number("local8"), -1);
	ck_assert_int_eq(log_facility_number(""), -1);
	ck_assert_int_eq(log_facility_number("Daemon"), -1);
	ck_assert_ptr_null(log_facility_name(24 * 8));
}
END_TEST

START_TEST(no_raw_byte_gets_through)
{
	static const struct {
		const char *text, *logged;
	} cases[] = {
		{ "a\r\nb", "a\\r\\nb" },
		{ "\x1b[2J", "\\033[2J" },
		{ "%n%s", "%n%s" },
		{ "tab\there", "tab\\there" },
		{ "back\\slash", "back\\\\slash" },
		{ "\x01\x7f", "\\001\\177" },
		{ "\xff\xc3\xbc", "\\377\\303\\274" },
		{ "a  b ", "a  b " },
		{ "", "" },
	};
	size_t i;

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	for (i = 0; i < COUNT(cases); i++) {
		log_info("%s", cases[i].text);
		ck_assert_str_eq(message(24 + 6), cases[i].logged);
	}
}
END_TEST

START_TEST(every_byte_becomes_printable)
{
	const char *text;
	char raw[2] = "";
	int c;

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	for (c = 1; c < 256; c++) {
		raw[0] = (char)c;
		log_info("%s", raw);
		text = message(24 + 6);
		ck_assert_uint_ge(strlen(text), 1);
		for (; *text != '\0'; text++)
			ck_assert_msg(*text >= ' ' && *text <= '~',
			    "byte %d is logged as %d", c, *text);
	}
}
END_TEST

START_TEST(long_messages_are_cut)
{
	char text[8193];
	size_t len;

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	memset(text, 'x', sizeof(text));
	text[8192] = '\0';
	log_info("%s", text);
	ck_assert_uint_eq(strlen(message(24 + 6)), LOG_LINE_MAX - 1);
	ck_assert_str_eq(message(0), "");
	/* escapes are longer, and the line is cut between two of them */
	memset(text, '\n', 8192);
	log_info("%s", text);
	len = strlen(message(24 + 6));
	ck_assert_uint_le(len, LOG_LINE_MAX);
	ck_assert_uint_ge(len, LOG_LINE_MAX - 2);
	ck_assert_uint_eq(len % 2, 0);
	ck_assert_str_eq(message(0), "");
	memset(text, '\x1b', 8192);
	log_info("%s", text);
	len = strlen(message(24 + 6));
	ck_assert_uint_le(len, LOG_LINE_MAX);
	ck_assert_uint_ge(len, LOG_LINE_MAX - 4);
	ck_assert_uint_eq(len % 4, 0);
	ck_assert_str_eq(message(0), "");
	text[0] = 'x';
	log_info("%s", text);
	ck_assert_uint_eq(strlen(message(24 + 6)) % 4, 1);
	/* the text of errno gets what room there is */
	memset(text, 'x', LOG_LINE_MAX - 5);
	text[LOG_LINE_MAX - 5] = '\0';
	errno = ENOENT;
	log_err("%s", text);
	strlcpy(text + LOG_LINE_MAX - 5, ": No", 5);
	ck_assert_str_eq(message(24 + 3), text);
}
END_TEST

START_TEST(a_full_syslog_never_blocks)
{
	unsigned long sent = 0, got = 0, lost;
	char note[80];

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	while (log_lost().all < 3 && sent < 1000000) {
		errno = EXDEV;
		log_info("message %lu", sent++);
		ck_assert_int_eq(errno, EXDEV);
	}
	lost = log_lost().all;
	ck_assert_uint_eq(lost, 3);
	while (*message(24 + 6) != '\0')
		got++;
	ck_assert_uint_eq(got, sent - lost);

	/* reported once, before the next message */
	log_info("after");
	snprintf(note, sizeof(note),
	    "%lu messages lost, not accepted by syslog", lost);
	ck_assert_str_eq(message(24 + 4), note);
	ck_assert_str_eq(message(24 + 6), "after");
	log_info("again");
	ck_assert_str_eq(message(24 + 6), "again");
	ck_assert_str_eq(message(0), "");
	ck_assert_uint_eq(log_lost().all, lost);
}
END_TEST

START_TEST(an_absent_syslog_is_used_once_it_exists)
{
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	errno = EXDEV;
	log_info("one");
	log_info("two");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_uint_eq(log_lost().all, 2);
	start_syslog();
	log_info("three");
	ck_assert_str_eq(
	    message(24 + 4), "2 messages lost, not accepted by syslog");
	ck_assert_str_eq(message(24 + 6), "three");
	ck_assert_uint_eq(log_lost().all, 2);
}
END_TEST

START_TEST(a_child_does_not_report_the_loss_of_its_parent)
{
	pid_t pid;

	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_info("lost");
	start_syslog();
	if ((pid = fork()) == 0) {
		log_info("child");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_ptr_nonnull(strstr(receive(), "]: child"));
	log_info("parent");
	ck_assert_str_eq(
	    message(24 + 4), "1 message lost, not accepted by syslog");
	ck_assert_str_eq(message(24 + 6), "parent");
}
END_TEST

/* Across execve(2): what that image lost, this one tells. */
START_TEST(the_loss_before_execve_is_reported)
{
	struct log_lost lost = { 9, 4, 2, 5 };

	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_info("one");
	log_add_lost(&lost);
	ck_assert_uint_eq(log_lost().all, 10);
	start_syslog();
	log_info("two");
	ck_assert_str_eq(
	    message(24 + 4), "5 messages lost, not accepted by syslog");
	ck_assert_str_eq(message(24 + 6), "two");
	lost = log_lost();
	ck_assert_uint_eq(lost.all, 10);
	ck_assert_uint_eq(lost.syslog_untold, 0);
	ck_assert_uint_eq(lost.stderr_untold, 2);
	ck_assert_uint_eq(lost.stderr_all, 5);
}
END_TEST

START_TEST(a_syslog_that_was_restarted_misses_nothing)
{
	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_info("one");
	ck_assert_str_eq(message(24 + 6), "one");
	stop_syslog();
	start_syslog();
	log_info("two");
	ck_assert_str_eq(message(24 + 6), "two");
	ck_assert_uint_eq(log_lost().all, 0);
}
END_TEST

START_TEST(a_path_that_is_too_long_loses_messages)
{
	char path[200];

	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	log_init_path("test", LOG_TO_SYSLOG, LOG_DAEMON, LOG_INFO, path);
	log_info("x");
	ck_assert_uint_eq(log_lost().all, 1);
}
END_TEST

START_TEST(descriptors)
{
	struct log_state log;

	start_syslog();
	log_to(0, LOG_INFO);
	log_get(&log);
	ck_assert_int_eq(log.fds[0], -1);
	ck_assert_int_eq(log.fds[1], -1);
	log_to(LOG_TO_SYSLOG | LOG_TO_STDERR, LOG_INFO);
	log_get(&log);
	ck_assert_int_ge(log.fds[0], 3);
	ck_assert_int_ge(log.fds[1], 3);
	ck_assert_int_eq(fcntl(log.fds[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(log.fds[1], F_GETFD), FD_CLOEXEC);
	log_set_destination(0);
	ck_assert_int_eq(fcntl(log.fds[0], F_GETFD), -1);
	ck_assert_int_eq(fcntl(log.fds[1], F_GETFD), -1);
}
END_TEST

/* --- standard error ---------------------------------------------------------
 */

/* Standard error goes to the file "err" from here on. */
static void
redirect(void)
{
	int fd = open("err", O_WRONLY | O_CREAT | O_APPEND, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
}

static const char *
redirected(void)
{
	static char text[65536];
	FILE *f = fopen("err", "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

START_TEST(stderr_has_time_and_pid)
{
	const char *text;
	char want[64];
	struct tm tm = { 0 };

	redirect();
	log_to(LOG_TO_STDERR, LOG_DEBUG);
	log_debug("a\nb");
	text = redirected();
	ck_assert_ptr_eq(strptime(text, "%Y-%m-%d %H:%M:%S", &tm), text + 19);
	snprintf(want, sizeof(want), " test[%ld]: a\\nb\n", (long)getpid());
	ck_assert_str_eq(text + 19, want);
}
END_TEST

START_TEST(stderr_may_be_plain)
{
	redirect();
	log_to(LOG_TO_STDERR | LOG_PLAIN, LOG_INFO);
	errno = EACCES;
	log_warn("one");
	log_debug("two");
	log_info("three");
	ck_assert_int_eq(errno, EACCES);
	ck_assert_str_eq(
	    redirected(), "test: one: Permission denied\ntest: three\n");
}
END_TEST

START_TEST(stderr_is_kept_when_another_file_takes_its_place)
{
	int null = open("/dev/null", O_WRONLY);

	redirect();
	log_to(LOG_TO_STDERR | LOG_PLAIN, LOG_INFO);
	ck_assert_int_eq(dup2(null, STDERR_FILENO), STDERR_FILENO);
	log_info("x");
	ck_assert_str_eq(redirected(), "test: x\n");
}
END_TEST

START_TEST(with_syslog_stderr_gets_warnings_and_errors)
{
	start_syslog();
	redirect();
	log_to(LOG_TO_SYSLOG | LOG_TO_STDERR | LOG_PLAIN, LOG_INFO);
	log_info("info");
	log_warnx("warning");
	log_errx("error");
	ck_assert_str_eq(redirected(), "test: warning\ntest: error\n");
	ck_assert_str_eq(message(24 + 6), "info");
	ck_assert_str_eq(message(24 + 4), "warning");
	ck_assert_str_eq(message(24 + 3), "error");
	log_set_destination(LOG_TO_SYSLOG);
	log_errx("later");
	ck_assert_str_eq(redirected(), "test: warning\ntest: error\n");
	ck_assert_str_eq(message(24 + 3), "later");
}
END_TEST

START_TEST(long_lines_on_stderr_end_with_a_newline)
{
	char ident[1500], text[2000];
	const char *got;

	memset(ident, 'i', sizeof(ident));
	ident[sizeof(ident) - 1] = '\0';
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	redirect();
	log_init_path(ident, LOG_TO_STDERR, LOG_DAEMON, LOG_INFO, SOCKET);
	log_info("%s", text);
	got = redirected();
	ck_assert_ptr_eq(strchr(got, '\n'), got + strlen(got) - 1);
}
END_TEST

START_TEST(a_full_pipe_never_blocks)
{
	unsigned long sent = 0, got = 0, lost;
	char note[80], line[128];
	int fds[2];
	FILE *f;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log_to(LOG_TO_STDERR | LOG_PLAIN | LOG_NO_WAIT, LOG_INFO);
	while (log_lost().all < 3 && sent < 1000000)
		log_info("message %lu", sent++);
	lost = log_lost().all;
	ck_assert_uint_eq(lost, 3);
	/* for others it blocks as before */
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);

	f = fdopen(fds[0], "r");
	while (got < sent - lost) {
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
		snprintf(note, sizeof(note), "test: message %lu\n", got++);
		ck_assert_str_eq(line, note);
	}
	/* reported once, before the next message */
	log_info("after");
	log_info("again");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_str_eq(
	    line, "test: 3 messages lost, not accepted by standard error\n");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_str_eq(line, "test: after\n");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_str_eq(line, "test: again\n");
	ck_assert_uint_eq(log_lost().all, lost);
}
END_TEST

START_TEST(each_destination_counts_its_loss)
{
	int fds[2];

	/* standard error without a reader, and no syslog yet */
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[0]);
	close(fds[1]);
	log_to(LOG_TO_SYSLOG | LOG_TO_STDERR | LOG_PLAIN, LOG_INFO);
	log_errx("both miss it");
	ck_assert_uint_eq(log_lost().all, 2);
	start_syslog();
	log_errx("syslog has it");
	ck_assert_str_eq(
	    message(24 + 4), "1 message lost, not accepted by syslog");
	ck_assert_str_eq(message(24 + 3), "syslog has it");
	ck_assert_uint_eq(log_lost().all, 3);
	redirect();
	log_set_destination(LOG_TO_SYSLOG | LOG_TO_STDERR | LOG_PLAIN);
	log_errx("both have it");
	ck_assert_str_eq(redirected(),
	    "test: 2 messages lost, not accepted by standard error\n"
	    "test: both have it\n");
	ck_assert_str_eq(message(24 + 3), "both have it");
}
END_TEST

/* --- the journal ------------------------------------------------------------
 */

/* JOURNAL_STREAM says that FD leads to the journal, if it has this inode. */
static void
set_journal_stream(int fd, int inode_offset, const char *rest)
{
	char stream[128];
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju%s", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + (uintmax_t)inode_offset, rest);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
}

START_TEST(the_journal_gets_priorities)
{
	redirect();
	set_journal_stream(STDERR_FILENO, 0, "");
	log_to(LOG_TO_STDERR, LOG_DEBUG);
	errno = ENOENT;
	log_err("a\nb");
	log_warnx("<0>warning");
	log_at(LOG_NOTICE, "notice");
	log_info("info");
	log_debug("debug");
	ck_assert_str_eq(redirected(),
	    "<3>a\\nb: No such file or directory\n<4><0>warning\n<5>notice\n"
	    "<6>info\n<7>debug\n");
}
END_TEST

START_TEST(the_journal_gets_them_before_plain_messages_too)
{
	redirect();
	set_journal_stream(STDERR_FILENO, 0, "");
	log_to(LOG_TO_STDERR | LOG_PLAIN, LOG_DEBUG);
	log_errx("x");
	ck_assert_str_eq(redirected(), "<3>x\n");
}
END_TEST

START_TEST(the_journal_gets_them_before_json)
{
	char *text;

	redirect();
	set_journal_stream(STDERR_FILENO, 0, "");
	log_to(LOG_TO_STDERR, LOG_DEBUG);
	log_set_json(true);
	log_errx("x");
	ck_assert_ptr_nonnull(text = strdup(redirected()));
	ck_assert(strncmp(text, "<3>{\"time\":", 11) == 0);
	text[strcspn(text, "\n")] = '\0';
	ck_assert(json_is_object(text + 3));
	free(text);
}
END_TEST

START_TEST(a_socket_may_lead_to_the_journal)
{
	char got[16] = "";
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	set_journal_stream(fds[1], 0, "");
	log_to(LOG_TO_STDERR | LOG_NO_WAIT, LOG_INFO);
	log_info("x");
	ck_assert_int_eq(read(fds[0], got, sizeof(got) - 1), 5);
	ck_assert_str_eq(got, "<6>x\n");
}
END_TEST

static void
check_line_has_time(void)
{
	struct tm tm = { 0 };

	ck_assert_int_eq(truncate("err", 0), 0);
	log_to(LOG_TO_STDERR, LOG_INFO);
	log_info("x");
	ck_assert_ptr_nonnull(
	    strptime(redirected(), "%Y-%m-%d %H:%M:%S test[", &tm));
}

START_TEST(another_stream_is_not_the_journal)
{
	static const char *const nonsense[] = { "", ":", "x", "1", "1:", ":1",
		"-1:-1", "18446744073709551616:1" };
	int null = open("/dev/null", O_WRONLY);
	size_t i;

	redirect();
	unsetenv("JOURNAL_STREAM");
	check_line_has_time();
	set_journal_stream(null, 0, "");
	check_line_has_time();
	set_journal_stream(STDERR_FILENO, 1, "");
	check_line_has_time();
	set_journal_stream(STDERR_FILENO, 0, "0");
	check_line_has_time();
	set_journal_stream(STDERR_FILENO, 0, " ");
	check_line_has_time();
	for (i = 0; i < COUNT(nonsense); i++) {
		setenv("JOURNAL_STREAM", nonsense[i], 1);
		check_line_has_time();
	}
}
END_TEST

START_TEST(the_destination_is_examined_once)
{
	int null = open("/dev/null", O_WRONLY);

	redirect();
	set_journal_stream(STDERR_FILENO, 0, "");
	log_to(LOG_TO_STDERR, LOG_INFO);
	ck_assert_int_eq(dup2(null, STDERR_FILENO), STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	log_info("x");
	ck_assert_str_eq(redirected(), "<6>x\n");
}
END_TEST

/* --- a terminal -------------------------------------------------------------
 */

/* Standard error is a terminal from here on; returns its other side. */
static int
open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct termios raw;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_eq(tcgetattr(slave, &raw), 0);
	cfmakeraw(&raw);
	ck_assert_int_eq(tcsetattr(slave, TCSANOW, &raw), 0);
	ck_assert_int_eq(dup2(slave, STDERR_FILENO), STDERR_FILENO);
	close(slave);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	unsetenv("JOURNAL_STREAM");
	return master;
}

/* The next line, after "... test[PID]: "; it may arrive in parts. */
static const char *
shown(int master)
{
	static char text[4096];
	size_t used = 0;
	char head[32];
	const char *at;
	ssize_t n;

	do {
		n = read(master, text + used, sizeof(text) - 1 - used);
		ck_assert_int_gt(n, 0);
		used += (size_t)n;
	} while (text[used - 1] != '\n');
	text[used] = '\0';
	snprintf(head, sizeof(head), " test[%ld]: ", (long)getpid());
	ck_assert_ptr_nonnull(at = strstr(text, head));
	return at + strlen(head);
}

START_TEST(a_terminal_has_colours)
{
	int master = open_terminal();

	log_to(LOG_TO_STDERR, LOG_DEBUG);
	log_errx("error");
	ck_assert_str_eq(shown(master), "\033[31merror\033[0m\n");
	log_warnx("warning");
	ck_assert_str_eq(shown(master), "\033[33mwarning\033[0m\n");
	log_at(LOG_NOTICE, "notice");
	ck_assert_str_eq(shown(master), "notice\n");
	log_info("info");
	ck_assert_str_eq(shown(master), "info\n");
	log_debug("debug");
	ck_assert_str_eq(shown(master), "\033[2mdebug\033[0m\n");
	/* and no others */
	log_errx("\033[1m");
	ck_assert_str_eq(shown(master), "\033[31m\\033[1m\033[0m\n");
}
END_TEST

START_TEST(the_longest_message_resets_the_colour)
{
	int master = open_terminal();
	char text[LOG_LINE_MAX];
	const char *got;

	memset(text, '\\', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_to(LOG_TO_STDERR, LOG_INFO);
	log_errx("%s", text);
	got = shown(master);
	ck_assert_uint_eq(strlen(got), 5 + LOG_LINE_MAX + 4 + 1);
	ck_assert_str_eq(got + 5 + LOG_LINE_MAX, "\033[0m\n");
}
END_TEST

static const struct {
	const char *term, *no_color;
	bool colour;
} terminals[] = {
	{ "xterm", NULL, true },
	{ "vt100", "", true },
	{ "xterm", "1", false },
	{ "xterm", "0", false },
	{ "dumb", NULL, false },
	{ NULL, NULL, false },
};

START_TEST(colours_can_be_switched_off)
{
	int master = open_terminal();

	if (terminals[_i].term == NULL)
		unsetenv("TERM");
	else
		setenv("TERM", terminals[_i].term, 1);
	if (terminals[_i].no_color != NULL)
		setenv("NO_COLOR", terminals[_i].no_color, 1);
	log_to(LOG_TO_STDERR, LOG_INFO);
	log_errx("x");
	ck_assert_str_eq(
	    shown(master), terminals[_i].colour ? "\033[31mx\033[0m\n" : "x\n");
}
END_TEST

START_TEST(a_stopped_terminal_never_blocks)
{
	int master = open_terminal(), i;
	char text[65536];
	size_t used = 0;
	ssize_t n;

	log_to(LOG_TO_STDERR | LOG_PLAIN | LOG_NO_WAIT, LOG_INFO);
	for (i = 0; i < 100; i++)
		log_info("%0500d", i);
	ck_assert_uint_gt(log_lost().all, 0);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);

	ck_assert_int_eq(fcntl(master, F_SETFL, O_NONBLOCK), 0);
	while (read(master, text, sizeof(text)) > 0)
		;
	log_info("after");
	/* What a terminal is sent comes when the kernel finds the time. */
	do {
		ck_assert_int_gt(
		    io_wait(master, POLLIN, clock_now() + 10 * SECOND), 0);
		n = read(master, text + used, sizeof(text) - 1 - used);
		ck_assert_int_gt((int)n, 0);
		used += (size_t)n;
		text[used] = '\0';
	} while (strstr(text,
		     " messages lost, not accepted by standard error\n"
		     "test: after\n") == NULL);
}
END_TEST

START_TEST(plain_messages_have_no_colours)
{
	int master = open_terminal();
	char text[64] = "";

	log_to(LOG_TO_STDERR | LOG_PLAIN, LOG_INFO);
	log_errx("x");
	ck_assert_int_eq(read(master, text, sizeof(text) - 1), 8);
	ck_assert_str_eq(text, "test: x\n");
}
END_TEST

START_TEST(files_have_no_colours)
{
	int master = open_terminal();

	close(master);
	redirect();
	log_to(LOG_TO_STDERR, LOG_INFO);
	log_errx("x");
	ck_assert_ptr_null(strchr(redirected(), '\033'));
}
END_TEST

/* --- the end ----------------------------------------------------------------
 */

START_TEST(fatal_exits)
{
	redirect();
	log_to(LOG_TO_STDERR | LOG_PLAIN, LOG_INFO);
	errno = ENOENT;
	unit_leave_dir();
	fatal(71, "x");
}
END_TEST

START_TEST(fatalx_exits)
{
	log_to(0, LOG_INFO);
	unit_leave_dir();
	fatalx(3, "x");
}
END_TEST

START_TEST(another_program_logs_to_the_same_place)
{
	struct log_state log;

	start_syslog();
	log_init_path("test", LOG_TO_SYSLOG | LOG_NO_WAIT, LOG_LOCAL7,
	    LOG_WARNING, SOCKET);
	log_get(&log);
	ck_assert_int_ne(log.fds[0] = dup(log.fds[0]), -1);
	log_init_path("test", 0, LOG_DAEMON, LOG_INFO, "absent");
	log_set(&log);
	ck_assert_int_eq(log_level(), LOG_WARNING);
	log_info("not this");
	log_warnx("this");
	ck_assert_str_eq(message(LOG_LOCAL7 + LOG_WARNING), "this");
}
END_TEST

/* --- JSON --- */

/* LINE without its time, which is checked. */
static const char *
without_time(const char *line)
{
	static const char begin[] = "{\"time\":\"";
	struct tm tm = { 0 };
	const char *p;
	time_t now = time(NULL);

	ck_assert_msg(json_is_object(line), "%s", line);
	ck_assert(strncmp(line, begin, strlen(begin)) == 0);
	p = strptime(line + strlen(begin), "%Y-%m-%dT%H:%M:%S.", &tm);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_le(timegm(&tm), now);
	ck_assert_int_gt(timegm(&tm), now - 60);
	ck_assert_uint_eq(strspn(p, "0123456789"), 3);
	ck_assert(strncmp(p + 3, "Z\",", 3) == 0);
	return p + 6;
}

static const char *
json_line(const char *level, const char *rest)
{
	static char text[LOG_JSON_MAX];

	snprintf(text, sizeof(text),
	    "\"level\":\"%s\",\"program\":\"test\",\"pid\":%ld,%s}", level,
	    (long)getpid(), rest);
	return text;
}

START_TEST(json_goes_to_syslog_as_the_message)
{
	struct log_event e = { .name = "end" };

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_set_json(true);
	ck_assert(log_is_json());
	errno = ENOENT;
	log_err("a \"b\"\n");
	ck_assert_str_eq(without_time(message(24 + 3)),
	    json_line("error",
		"\"message\":\"a \\\"b\\\"\\\\n: No such file or "
		"directory\""));
	log_add_text(&e, "x", "y\n\377");
	log_add_text(&e, "absent", NULL);
	log_add_number(&e, "n", 0);
	log_add_number(&e, "absent", -1);
	log_add_seconds(&e, "s", SECOND);
	log_add_seconds(&e, "absent", -1);
	log_add_true(&e, "t", true);
	log_add_true(&e, "absent", false);
	log_event(LOG_INFO, &e, "%s", "ended");
	ck_assert_str_eq(without_time(message(24 + 6)),
	    json_line("info",
		"\"event\":\"end\",\"x\":\"y\\\\n\\\\377\",\"n\":0,\"s\":1."
		"000000,"
		"\"t\":true,\"message\":\"ended\""));
	log_service(LOG_WARNING, "out", "git", "git: out");
	ck_assert_str_eq(without_time(message(24 + 4)),
	    json_line("warning",
		"\"event\":\"out\",\"service\":\"git\","
		"\"message\":\"git: out\""));
	log_named(LOG_DEBUG, "no", "not this");
	log_set_json(false);
	log_event(LOG_INFO, &e, "text");
	ck_assert_str_eq(message(24 + 6), "text");
}
END_TEST

START_TEST(json_on_stderr_is_the_line)
{
	char *end;
	const char *text;

	redirect();
	log_to(LOG_TO_STDERR, LOG_INFO);
	log_set_json(true);
	log_info("one");
	text = redirected();
	ck_assert_ptr_nonnull(end = strchr(text, '\n'));
	ck_assert_str_eq(end, "\n");
	*end = '\0';
	ck_assert_str_eq(
	    without_time(text), json_line("info", "\"message\":\"one\""));
}
END_TEST

/* Also the note about what was lost. */
START_TEST(every_message_is_json)
{
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_set_json(true);
	log_info("lost");
	start_syslog();
	log_info("again");
	ck_assert_str_eq(without_time(message(24 + 4)),
	    json_line("warning",
		"\"message\":\"1 message lost, not accepted by syslog\""));
	ck_assert_str_eq(without_time(message(24 + 6)),
	    json_line("info", "\"message\":\"again\""));
}
END_TEST

/* A pipe takes it at once. */
START_TEST(the_longest_json_message_is_complete)
{
	char text[2 * LOG_LINE_MAX];
	const char *line;
	int i;

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_set_json(true);
	for (i = 1; i < 256; i++) {
		memset(text, i, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		log_info("%s", text);
		line = message(24 + 6);
		ck_assert(json_is_object(line));
		ck_assert_uint_lt(strlen(line), LOG_JSON_MAX);
		ck_assert_uint_gt(strlen(line), LOG_LINE_MAX - 8);
	}
	ck_assert_uint_le(LOG_JSON_MAX + strlen("<7>"), PIPE_BUF);
}
END_TEST

/* A program that goes on with the log of another one gets its form, too. */
START_TEST(the_form_is_handed_on)
{
	struct log_state log;

	start_syslog();
	log_to(LOG_TO_SYSLOG, LOG_INFO);
	log_set_json(true);
	log_get(&log);
	log_set_json(false);
	log_set(&log);
	log_info("x");
	ck_assert_str_eq(without_time(message(24 + 6)),
	    json_line("info", "\"message\":\"x\""));
}
END_TEST

static void
use_text(void)
{
	log_set_json(false);
}

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, use_text, NULL);
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, form_and_levels);
	tcase_add_test(tc, messages_above_the_level_are_discarded);
	tcase_add_test(tc, facility_can_be_changed);
	tcase_add_test(tc, facilities_have_names);
	tcase_add_test(tc, no_raw_byte_gets_through);
	tcase_add_test(tc, every_byte_becomes_printable);
	tcase_add_test(tc, long_messages_are_cut);
	tcase_add_test(tc, a_full_syslog_never_blocks);
	tcase_add_test(tc, an_absent_syslog_is_used_once_it_exists);
	tcase_add_test(tc, a_child_does_not_report_the_loss_of_its_parent);
	tcase_add_test(tc, the_loss_before_execve_is_reported);
	tcase_add_test(tc, a_syslog_that_was_restarted_misses_nothing);
	tcase_add_test(tc, a_path_that_is_too_long_loses_messages);
	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, stderr_has_time_and_pid);
	tcase_add_test(tc, stderr_may_be_plain);
	tcase_add_test(tc, stderr_is_kept_when_another_file_takes_its_place);
	tcase_add_test(tc, with_syslog_stderr_gets_warnings_and_errors);
	tcase_add_test(tc, long_lines_on_stderr_end_with_a_newline);
	tcase_add_test(tc, a_full_pipe_never_blocks);
	tcase_add_test(tc, each_destination_counts_its_loss);
	tcase_add_test(tc, the_journal_gets_priorities);
	tcase_add_test(tc, the_journal_gets_them_before_plain_messages_too);
	tcase_add_test(tc, the_journal_gets_them_before_json);
	tcase_add_test(tc, a_socket_may_lead_to_the_journal);
	tcase_add_test(tc, another_stream_is_not_the_journal);
	tcase_add_test(tc, the_destination_is_examined_once);
	tcase_add_test(tc, a_terminal_has_colours);
	tcase_add_test(tc, the_longest_message_resets_the_colour);
	tcase_add_loop_test(
	    tc, colours_can_be_switched_off, 0, COUNT(terminals));
	tcase_add_test(tc, a_stopped_terminal_never_blocks);
	tcase_add_test(tc, plain_messages_have_no_colours);
	tcase_add_test(tc, another_program_logs_to_the_same_place);
	tcase_add_test(tc, files_have_no_colours);
	tcase_add_test(tc, json_goes_to_syslog_as_the_message);
	tcase_add_test(tc, json_on_stderr_is_the_line);
	tcase_add_test(tc, every_message_is_json);
	tcase_add_test(tc, the_longest_json_message_is_complete);
	tcase_add_test(tc, the_form_is_handed_on);
	tcase_add_exit_test(tc, fatal_exits, 71);
	tcase_add_exit_test(tc, fatalx_exits, 3);
}

int
main(void)
{
	return unit_run("log", add);
}
