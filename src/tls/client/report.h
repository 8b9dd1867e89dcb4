/*
 * report.h -- the reports from hail-tls to hail, and the messages for alerts.
 */

#ifndef TLS_CLIENT_REPORT_H
#define TLS_CLIENT_REPORT_H

#include <stdint.h>

#include "hail/connection.h"
#include "hail/tls_channel.h"

/* Send R to hail. */
void client_send(const struct tls_report *r, enum tls_helper_type type);

/* Set the text of R by FMT, and send R to hail. */
void client_report(struct tls_report *r, enum tls_helper_type type,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Report a line for the user. */
void client_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Report TLS_FAILED. */
void client_report_failure(enum hail_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Report TLS_FAILED and exit; not for a confined process. */
void client_fail(enum hail_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/*
 * Write the message for the server's fatal ALERT to TEXT.  Returns the exit
 * status of hail.
 */
enum hail_status client_alert_text(char *text, size_t size, int alert);

#endif
