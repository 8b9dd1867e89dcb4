/*
 * datagrams.h -- a built-in service over UDP.
 *
 * The source of a datagram can be forged, so a service must neither answer
 * another service for ever nor flood other hosts.  It does not answer ports
 * below 1024 and port 2049, where such services are; UDP ports on which this
 * haild listens; and datagrams to or from a multicast or broadcast address.
 * The rate of all other answers is limited, so two services that answer each
 * other stop when a datagram is dropped, or continue at that rate.
 *
 * Runs in the session's process, without privileges.
 */

#ifndef DATAGRAMS_H
#define DATAGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "session/builtin.h"

/* Answers for each address (IPv6: /64): per second, and as a burst. */
#define DATAGRAMS_RATE 50

struct datagrams;

/*
 * Note PORTS, on which this haild listens.  Never freed.  Returns NULL with
 * errno.
 */
struct datagrams *datagrams_create(const uint16_t *ports, size_t n);

/*
 * Whether a datagram from FROM (IPv4-mapped addresses unmapped) may be answered
 * at NOW; counts it.
 */
bool datagrams_may_answer(
    struct datagrams *d, const struct addr *from, int64_t now);

/*
 * Make the UDP socket FD tell where a datagram was sent to.  Returns 0, or -1
 * with errno.
 */
int datagrams_prepare(struct datagrams *d, int fd);

/*
 * Answer the datagrams that come to FD, which was prepared, from the address
 * that they were sent to (RFC 1122, section 4.1.3.5), until none has come for
 * 10 seconds, or until END, however many come.
 */
void datagrams_serve(
    struct datagrams *d, const struct builtin_service *b, int fd, int64_t end);

#endif
