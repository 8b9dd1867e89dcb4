/*
 * tls_helper.h -- start hail-tls, and read its reports.
 */

#ifndef TLS_HELPER_H
#define TLS_HELPER_H

#include "hail/connection.h"
#include "hail/tls_channel.h"

/*
 * Execute hail-tls with the arguments ARGV, which NULL ends.  C's socket is
 * replaced by a stream to hail-tls, and C gets the channel.  Fails C if that is
 * not possible.
 */
void tls_helper_start(struct connection *c, char *const *argv);

/*
 * Wait until DEADLINE for the next report, and make it printable.  Returns its
 * type; or 0 after C has failed and hail-tls has ended.  LATE is the reason if
 * no report arrives in time.
 */
uint32_t tls_helper_wait(struct connection *c, struct tls_report *report,
    int64_t deadline, const char *late);

#endif
