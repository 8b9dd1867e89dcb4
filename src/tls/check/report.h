/*
 * report.h -- the lines that "haild-tls --check" prints.
 */

#ifndef TLS_CHECK_REPORT_H
#define TLS_CHECK_REPORT_H

/* The file that is checked, and the number of errors. */
struct report {
	const char *setting; /* the setting with the file: "tls-key" */
	const char *file;
	unsigned int errors;
};

/*
 * Print one line, '"SETTING": FILE: ' and then the text.  Bytes that are not
 * printable ASCII, such as those in names of certificates, become '?'.
 */
void report_error(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* An error, but one that another user, such as root, may not have. */
void report_denied(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void report_warning(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What may be as the administrator wants it: only "haild -t" shows it. */
void report_advice(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
