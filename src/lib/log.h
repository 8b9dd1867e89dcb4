/*
 * log.h -- messages to syslog and to standard error.
 *
 * Logging to syslog never blocks, and to standard error not with LOG_NO_WAIT.
 * Messages that a destination does not accept are counted; their number is
 * logged there before the next message that it accepts.
 *
 * Every message is one line.  Control characters, backslashes and bytes above
 * 127 are escaped as vis(3) does, so that bytes of a client never reach a log
 * raw; a line is cut at LOG_LINE_MAX bytes.
 *
 * On standard error, time, name and process ID precede a message.  If standard
 * error is the journal (JOURNAL_STREAM, systemd.exec(5)), only the priority
 * does, as sd-daemon(3) describes: "<4>text".  On a terminal, errors, warnings
 * and debugging messages have colours, unless NO_COLOR (https://no-color.org)
 * has a value, or TERM is "dumb" or not set.
 *
 * As JSON (log_set_json), a message is one object: time, level, program and
 * process ID, the fields of its event, if it has one, and its text.  Before it,
 * syslog and the journal get what they get before a text.  The object is always
 * complete; only texts in it are cut.
 */

#ifndef LOG_H
#define LOG_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <syslog.h>

#include "lib/log/sink.h" /* LOG_TO_*, LOG_PLAIN, LOG_NO_WAIT, LOG_LINE_MAX */

/*
 * Set where messages go: TO is a mask of LOG_TO_*.  With both, standard error
 * gets only warnings and errors.  IDENT, the name before each message, is not
 * copied.  FACILITY is one of syslog(3); messages above LEVEL (LOG_DEBUG is the
 * highest) are discarded.  Standard error is duplicated and examined here; the
 * process may replace descriptor 2 later.
 * May be called again; the last call counts.
 */
void log_init(const char *ident, int to, int facility, int level);

/* The same with PATH, which is not copied, for /dev/log.  For tests. */
void log_init_path(
    const char *ident, int to, int facility, int level, const char *path);

/* Change the destinations; duplicates and examines standard error again. */
void log_set_destination(int to);

void log_set_facility(int facility);
void log_set_level(int level);
int log_level(void);

/* Whether messages are JSON objects from now on; log_init does not change it.
 */
void log_set_json(bool json);
bool log_is_json(void);

/* "error", "warning", "info", "debug" and the others of syslog(3). */
const char *log_level_name(int level);

/*
 * Also write warnings and errors to the file FD, a line each, until the next
 * call with -1.  No child may be forked meanwhile, since it would write there
 * too.
 */
void log_copy(int fd);

/*
 * The number of messages that a destination did not accept; how many of these
 * each destination has not reported yet; and how many of all were for standard
 * error, the others being for syslog.
 */
struct log_lost {
	unsigned long all, syslog_untold, stderr_untold, stderr_all;
};
struct log_lost log_lost(void);

/* Add what this process lost before execve(2). */
void log_add_lost(const struct log_lost *before);

/*
 * For a program that goes on with the log of the process that executed it.  It
 * may have moved the descriptors before log_set.
 */
void log_get(struct log_state *out);
void log_set(const struct log_state *in);

/*
 * Copy the log's two descriptors to TO for a program that will have them at AT
 * and AT + 1; NONE stands for one that is not used.
 */
void log_place(struct log_state *out, int *to, int at, int none);

/*
 * Log one message at LEVEL, a priority of syslog(3) without facility, with ": "
 * and the text of ERROR unless it is 0.  errno is preserved.
 */
void log_message(int level, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * What happened, for programs that read the log: a name and fields, which only
 * a JSON log shows.  Names and texts are not copied.
 */
#define LOG_FIELDS_MAX 20

enum log_field_type {
	LOG_FIELD_TEXT,
	LOG_FIELD_NUMBER,
	LOG_FIELD_SECONDS,
	LOG_FIELD_TRUE,
};

struct log_event {
	const char *name;
	size_t n;
	struct log_field {
		const char *name;
		enum log_field_type type;
		const char *text;
		int64_t number;
	} fields[LOG_FIELDS_MAX];
};

/* Add a field.  One that is NULL, negative or false is left out. */
void log_add_text(struct log_event *e, const char *name, const char *text);
void log_add_number(struct log_event *e, const char *name, int64_t number);
void log_add_seconds(struct log_event *e, const char *name, int64_t ns);
void log_add_true(struct log_event *e, const char *name, bool is);

/* Log as log_message does, without an error; E is what happened. */
void log_event(int level, const struct log_event *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for an event without fields; and for one of a service. */
#define log_named(level, event, ...) \
	log_event((level), &(struct log_event) { .name = (event) }, __VA_ARGS__)
#define log_service(level, event, service, ...)                              \
	log_event((level),                                                   \
	    &(struct log_event) { .name = (event),                           \
		.n = 1,                                                      \
		.fields = { { "service", LOG_FIELD_TEXT, (service), 0 } } }, \
	    __VA_ARGS__)

#define log_at(level, ...) log_message((level), 0, __VA_ARGS__)
#define log_err(...) log_message(LOG_ERR, errno, __VA_ARGS__)
#define log_errx(...) log_message(LOG_ERR, 0, __VA_ARGS__)
#define log_warn(...) log_message(LOG_WARNING, errno, __VA_ARGS__)
#define log_warnx(...) log_message(LOG_WARNING, 0, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, 0, __VA_ARGS__)
#define log_debug(...) log_message(LOG_DEBUG, 0, __VA_ARGS__)

/* Log as log_err and log_errx do, then exit with STATUS. */
#define fatal(status, ...) (log_err(__VA_ARGS__), exit(status))
#define fatalx(status, ...) (log_errx(__VA_ARGS__), exit(status))

/*
 * The number of a facility of syslog(3) ("daemon", "local0", ...), or -1 if
 * there is no such name; and the name of a number, or NULL.
 */
int log_facility_number(const char *name);
const char *log_facility_name(int facility);

#endif
