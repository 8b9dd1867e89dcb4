/*
 * report.h -- what hail-tls tells hail, and the sentences for alerts.
 */

#ifndef TLS_CLIENT_REPORT_H
#define TLS_CLIENT_REPORT_H

#include <stdint.h>

#include "hail/connection.h"
#include "hail/tls_channel.h"

/* Send R to hail. */
void client_send(const struct tls_report *r, enum tls_helper_type type);

/* The same; the text of R becomes FMT. */
void client_report(struct tls_report *r, enum tls_helper_type type,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A line for the user. */
void client_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* TLS_FAILED: there is no session. */
void client_report_failure(enum hail_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, and exit: not when the process is confined already. */
void client_fail(enum hail_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/*
 * What the server means by the fatal ALERT, as a sentence, in TEXT.  Returns
 * the status for it.
 */
enum hail_status client_alert_text(char *text, size_t size, int alert);

#endif
