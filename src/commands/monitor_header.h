/*
 * monitor_header.h -- a session of commands behind a proxy: the speaker reads
 * the PROXY header, and the daemon decides.
 */

#ifndef MONITOR_HEADER_H
#define MONITOR_HEADER_H

#include "commands/monitor_state.h"

/*
 * Handle EXCHANGE_HEADER and EXCHANGE_FAULT.  They return false if the content
 * is invalid, and exit if the client is refused.
 */
bool monitor_take_header(struct monitor *m, const struct exchange_header *h);
bool monitor_take_fault(struct monitor *m, uint32_t fault);

/* The title of this process: its service and its client. */
void monitor_set_title(const struct monitor *m);

#endif
