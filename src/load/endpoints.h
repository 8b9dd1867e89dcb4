/*
 * endpoints.h -- "listen": addresses, names of hosts and ports, paths.
 */

#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include "load/loader.h"

/* Make endpoints of "listen", which was written at ORIGIN. */
void endpoints_resolve(
    struct loader *l, struct service *service, const struct origin *origin);

#endif
