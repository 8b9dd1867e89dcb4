/*
 * check_logger.c -- a stream of bytes becomes lines, and the process that makes
 * them ends in order.
 */

#include "tests/unit/unit.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "haild/logger.h"
#include "lib/signals.h"
#include "haild/children/service_stats.h"

/* What was emitted, each line with a '|' behind it. */
static char lines[8192];
static struct line line;
static const siginfo_t killed = { .si_code = CLD_KILLED, .si_status = SIGKILL };

static void
collect(void *arg, const char *text)
{
	ck_assert_ptr_eq(arg, lines);
	ck_assert_uint_le(strlen(text), LOGGER_LINE_MAX);
	strlcat(lines, text, sizeof(lines));
	ck_assert_uint_lt(strlcat(lines, "|", sizeof(lines)), sizeof(lines));
}

static void
feed(const char *data, size_t len)
{
	line_feed(&line, data, len, collect, lines);
}

static void
feed_text(const char *text)
{
	feed(text, strlen(text));
}

START_TEST(lines_are_split)
{
	feed_text("one\ntwo\nthree");
	ck_assert_str_eq(lines, "one|two|");
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, "one|two|three|");
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, "one|two|three|");
}
END_TEST

START_TEST(chunks_may_end_anywhere)
{
	static const char text[] = "one\n\ntwo\nthree\n";
	size_t i, j;

	for (i = 0; i < sizeof(text); i++)
		for (j = i; j < sizeof(text); j++) {
			lines[0] = '\0';
			feed(text, i);
			feed(text + i, j - i);
			feed(text + j, strlen(text + j));
			ck_assert_str_eq(lines, "one|two|three|");
			ck_assert_uint_eq(line.used, 0);
		}
}
END_TEST

START_TEST(empty_lines_are_left_out)
{
	feed_text("\n\n\n");
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, "");
}
END_TEST

START_TEST(nul_becomes_a_question_mark)
{
	feed("a\0b\n\0\n", 6);
	ck_assert_str_eq(lines, "a?b|?|");
}
END_TEST

START_TEST(other_bytes_are_kept)
{
	feed_text("\r\x1b\xff\n");
	ck_assert_str_eq(lines, "\r\x1b\xff|");
}
END_TEST

START_TEST(long_lines_are_cut)
{
	char text[LOGGER_LINE_MAX + 2], want[LOGGER_LINE_MAX + 8];

	memset(text, 'x', sizeof(text));
	memset(want, 'x', sizeof(want));

	/* as long as may be: one line, and no empty one behind it */
	feed(text, LOGGER_LINE_MAX);
	ck_assert_str_eq(lines, "");
	feed_text("\n");
	strlcpy(want + LOGGER_LINE_MAX, "|", 8);
	ck_assert_str_eq(lines, want);

	/* one byte more */
	lines[0] = '\0';
	feed(text, LOGGER_LINE_MAX + 1);
	ck_assert_str_eq(lines, want);
	feed_text("\n");
	strlcpy(want + LOGGER_LINE_MAX, "|x|", 8);
	ck_assert_str_eq(lines, want);

	/* the cut at the boundary of two chunks */
	lines[0] = '\0';
	feed(text, LOGGER_LINE_MAX);
	feed(text, 1);
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, want);
}
END_TEST

/* --- the process --- */

static struct service_stats_list all_stats;
static struct logger logger;
static struct service service = {
	.name = "svc", .handler = HANDLER_EXEC, .stderr_to = STDERR_LOG
};
static struct config config = { .services = &service, .nservices = 1 };

static int64_t
expire(int64_t now)
{
	return logger_expire(&logger, &all_stats, &config, STDIN_FILENO, now);
}

/* A logger, and the socket that it takes for /dev/log. */
static int
start_logger(void)
{
	static const struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "devlog" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	log_init_path("test", LOG_TO_SYSLOG, LOG_DAEMON, LOG_DEBUG, "devlog");
	log_info("begin"); /* it cannot connect once it is somebody else */
	/* Whoever we are, it stays: to become another takes root. */
	config.haild.name = "self";
	config.haild.uid = geteuid() == 0 ? 65534 : geteuid();
	config.haild.gid = geteuid() == 0 ? 65534 : getegid();
	TAILQ_INIT(&all_stats);
	signals_catch();
	ck_assert_int_eq(logger_pipes(&all_stats, &config), 0);
	expire(clock_now());
	ck_assert_int_gt(logger.pid, 0);
	return fd;
}

/* Write to the program's end, and wait until the logger has read it. */
static void
say(const char *text)
{
	const struct service_stats *t = TAILQ_FIRST(&all_stats);
	int left = 1, i;

	ck_assert_int_eq(
	    write(t->stderr_write, text, strlen(text)), (int)strlen(text));
	for (i = 0; i < 2000 && left > 0; i++) {
		usleep(5000);
		ck_assert_int_eq(ioctl(t->stderr_read, FIONREAD, &left), 0);
	}
	ck_assert_int_eq(left, 0);
}

/* What the next message says, behind its head; "" when there is none. */
static const char *
message(int fd)
{
	static char text[2048];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;
	char *colon;

	if (poll(&p, 1, 0) == 1)
		n = recv(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	colon = strstr(text, "]: ");
	return colon == NULL ? text : colon + 3;
}

static void
end_logger(void)
{
	int status = unit_wait(logger.pid);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_SUCCESS);
}

/* A reload makes room for a new logger; half a line must not be lost by it. */
START_TEST(sigterm_writes_what_there_is_of_a_line)
{
	int fd = start_logger();

	ck_assert_str_eq(message(fd), "begin");
	say("whole\nhalf a li");
	logger_renew(&logger);
	ck_assert(logger.renewed);
	end_logger();
	ck_assert_str_eq(message(fd), "svc: stderr: whole");
	ck_assert_str_eq(message(fd), "svc: stderr: half a li");
	ck_assert_str_eq(message(fd), "");
	/* the daemon's pipe goes on, with what nobody has read */
	ck_assert_int_eq(
	    (int)write(TAILQ_FIRST(&all_stats)->stderr_write, "x\n", 2), 2);
	logger_exited(&logger, &killed);
	expire(clock_now());
	say("y\n");
	logger_renew(&logger);
	end_logger();
	ck_assert_str_eq(message(fd), "svc: stderr: x");
	ck_assert_str_eq(message(fd), "svc: stderr: y");
	ck_assert_str_eq(message(fd), "");
	close(fd);
}
END_TEST

START_TEST(it_ends_with_the_last_writer)
{
	int fd = start_logger();

	message(fd);
	say("last words");
	logger_close(&all_stats);
	ck_assert_int_eq(TAILQ_FIRST(&all_stats)->stderr_write, -1);
	end_logger();
	ck_assert_str_eq(message(fd), "svc: stderr: last words");
	ck_assert_str_eq(message(fd), "");
	close(fd);
}
END_TEST

/* The value of NAME in /proc/PID/status. */
static const char *
status_of(pid_t pid, const char *name)
{
	static char text[256];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	ck_assert_ptr_nonnull(f = fopen(path, "r"));
	while (fgets(text, sizeof(text), f) != NULL)
		if (strncmp(text, name, strlen(name)) == 0)
			break;
	fclose(f);
	return text + strlen(name);
}

START_TEST(the_process_has_nothing_but_its_pipes)
{
	struct stat own, null;
	char path[64];
	int fd, i;

	ck_assert_ptr_nonnull(freopen("output", "w", stdout));
	ck_assert_int_eq(dup2(STDOUT_FILENO, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_ge(i = open("/dev/null", O_RDWR), 0);
	ck_assert_int_eq(dup2(i, STDIN_FILENO), STDIN_FILENO);
	fd = start_logger();
	say("on\n"); /* it reads only when it has given up all else */
	ck_assert_int_eq(stat("/dev/null", &null), 0);
	if (geteuid() == 0)
		for (i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "/proc/%ld/fd/%d",
			    (long)logger.pid, i);
			ck_assert_int_eq(stat(path, &own), 0);
			ck_assert_uint_eq(own.st_ino, null.st_ino);
		}
	ck_assert_int_eq(getsid(logger.pid), logger.pid);
	ck_assert_int_eq(
	    atoi(status_of(logger.pid, "Uid:")), (int)config.haild.uid);
	ck_assert_int_eq(atoi(status_of(logger.pid, "NoNewPrivs:")), 1);
	/* undumpable: not even its own user may look at it */
	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)logger.pid);
	ck_assert_int_eq(stat(path, &own), 0);
	ck_assert_uint_eq(own.st_uid, 0);
	logger_close(&all_stats);
	end_logger();
	close(fd);
}
END_TEST

START_TEST(a_pipe_suits_programs)
{
	const struct service_stats *t;
	struct stat st;
	int fd = start_logger();

	t = TAILQ_FIRST(&all_stats);
	ck_assert(fcntl(t->stderr_read, F_GETFL) & O_NONBLOCK);
	ck_assert(!(fcntl(t->stderr_write, F_GETFL) & O_NONBLOCK));
	/* /dev/stderr can be opened by any user */
	ck_assert_int_eq(fstat(t->stderr_write, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0622);
	ck_assert_int_eq(fcntl(t->stderr_read, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(t->stderr_write, F_GETFD), FD_CLOEXEC);
	logger_close(&all_stats);
	end_logger();
	close(fd);
}
END_TEST

/* A program that shares the logger's uid can stop it, for a second at most. */
START_TEST(a_stopped_logger_is_continued)
{
	int fd = start_logger(), status;

	message(fd);
	ck_assert_int_eq(kill(logger.pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(logger.pid, &status, WUNTRACED), logger.pid);
	ck_assert(WIFSTOPPED(status));
	logger.woken = 10 * SECOND;
	expire(11 * SECOND - 1);
	ck_assert_int_eq(waitpid(logger.pid, &status, WCONTINUED | WNOHANG), 0);
	expire(11 * SECOND);
	ck_assert_int_eq(waitpid(logger.pid, &status, WCONTINUED), logger.pid);
	ck_assert(WIFCONTINUED(status));
	say("on\n");
	logger_close(&all_stats);
	end_logger();
	ck_assert_str_eq(message(fd), "svc: stderr: on");
	close(fd);
}
END_TEST

START_TEST(a_killed_logger_is_replaced)
{
	int fd = start_logger();
	int64_t now;

	message(fd);
	kill(logger.pid, SIGKILL);
	unit_wait(logger.pid);
	logger_exited(&logger, &killed);
	ck_assert_str_eq(message(fd),
	    "the logger was killed by signal 9 (Killed); starting another one");
	/* not sooner than a second after the last start */
	ck_assert_int_eq(expire(logger.started), logger.started + SECOND);
	now = logger.started + SECOND;
	expire(now - 1);
	ck_assert_int_eq(logger.pid, 0);
	expire(now);
	ck_assert_int_gt(logger.pid, 0);
	ck_assert_int_eq(expire(now), now + SECOND); /* for a SIGCONT */
	ck_assert_int_eq(expire(now + SECOND), -1);
	say("again\n");
	/* one that was told to end is replaced at once */
	logger_renew(&logger);
	end_logger();
	logger_exited(&logger, &killed);
	ck_assert(!logger.renewed);
	ck_assert_int_eq(expire(0), SECOND);
	expire(now + 1);
	ck_assert_int_gt(logger.pid, 0);
	ck_assert_str_eq(message(fd), "svc: stderr: again");
	/* and the last one is not */
	logger.last = true;
	logger_close(&all_stats);
	end_logger();
	logger_exited(&logger, &killed);
	ck_assert_str_eq(message(fd), "");
	ck_assert_int_eq(expire(0), -1);
	close(fd);
}
END_TEST

START_TEST(who_needs_no_pipe_gets_none)
{
	static const struct service others[] = {
		{ .name = "a", .handler = HANDLER_MESSAGE },
		{ .name = "b", .handler = HANDLER_EXEC, .disable = true },
		{ .name = "c",
		    .handler = HANDLER_EXEC,
		    .stderr_to = STDERR_CLIENT },
		{ .name = "d",
		    .handler = HANDLER_EXEC,
		    .stderr_to = STDERR_DISCARD },
	};
	static const struct config none = { .services = others,
		.nservices = COUNT(others) };

	TAILQ_INIT(&all_stats);
	ck_assert_int_eq(logger_pipes(&all_stats, &none), 0);
	ck_assert(TAILQ_EMPTY(&all_stats));
	expire(clock_now());
	ck_assert_int_eq(logger.pid, 0);
	ck_assert_int_eq(expire(0), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, lines_are_split);
	tcase_add_test(tc, chunks_may_end_anywhere);
	tcase_add_test(tc, empty_lines_are_left_out);
	tcase_add_test(tc, nul_becomes_a_question_mark);
	tcase_add_test(tc, other_bytes_are_kept);
	tcase_add_test(tc, long_lines_are_cut);
	tcase_add_test(tc, sigterm_writes_what_there_is_of_a_line);
	tcase_add_test(tc, it_ends_with_the_last_writer);
	tcase_add_test(tc, the_process_has_nothing_but_its_pipes);
	tcase_add_test(tc, a_pipe_suits_programs);
	tcase_add_test(tc, a_stopped_logger_is_continued);
	tcase_add_test(tc, a_killed_logger_is_replaced);
	tcase_add_test(tc, who_needs_no_pipe_gets_none);
}

int
main(int argc, char **argv)
{
	setproctitle_init(argc, argv, environ);
	return unit_run("logger", add);
}
