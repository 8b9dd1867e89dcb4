/*
 * filters.h -- the seccomp filters of sessions.
 */

#ifndef FILTERS_H
#define FILTERS_H

#include "load/loader.h"

/*
 * Build contained.filter of SERVICE, or of a command, from system_call_filter,
 * restrict_address_families and restrict_namespaces; it stays NULL if none of
 * them asks for one.  A filter needs no-new-privileges, which becomes true.
 * Call it when the settings have all their values.  Services and commands share
 * equal filters.
 *
 * As in systemd.exec(5), the first element of a list decides: without "~" the
 * list names what is allowed, with "~" what is denied; a later element of the
 * other kind removes calls from it.  A list of allowed calls
 * includes "@default".  A denied call fails with EPERM, but
 *
 *	clone3(2)			ENOSYS, so that libc calls clone(2)
 *	socket(2) of a denied family	EAFNOSUPPORT, which programs expect
 *	calls newer than libseccomp	ENOSYS, if a list says what is allowed
 *	calls of another architecture	the process is killed (SIGSYS)
 */
void filters_build(struct loader *l, struct service *service);

#endif
