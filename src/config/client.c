#include "config/client.h"

#include <stdio.h>
#include <string.h>

const char *
client_print(const struct addr *addr, uid_t uid, char *buf, size_t size)
{
	if (addr->sa.sa_family == AF_UNIX)
		snprintf(buf, size, "uid:%u", (unsigned int)uid);
	else if (addr->sa.sa_family == AF_UNSPEC)
		strlcpy(buf, "wait", size);
	else
		addr_print(addr, buf, size);
	return buf;
}
