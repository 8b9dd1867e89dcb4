/*
 * tls_helper.h -- hail-tls, seen from hail: start it, and hear what it reports.
 */

#ifndef TLS_HELPER_H
#define TLS_HELPER_H

#include "hail/connection.h"
#include "hail/tls_channel.h"

/*
 * Execute hail-tls with the arguments ARGV, which end with NULL, for C, which
 * gets a stream to it in place of its socket, and the channel.  Fails C if that
 * is not possible.
 */
void tls_helper_start(struct connection *c, char *const *argv);

/*
 * Wait until DEADLINE for the next report, which is printable then.  Returns
 * its type, or 0 after C has failed; then hail-tls has ended.  LATE is the
 * reason if nothing comes in time.
 */
uint32_t tls_helper_wait(struct connection *c, struct tls_report *report,
    int64_t deadline, const char *late);

#endif
