#include "lib/proxy_write.h"

#include <stdio.h>

size_t
proxy_write_v1(char buf[PROXY_WRITE_MAX], const struct addr *client,
    const struct addr *server)
{
	char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];
	int n;

	if (client->sa.sa_family != server->sa.sa_family ||
	    (client->sa.sa_family != AF_INET &&
		client->sa.sa_family != AF_INET6))
		return (size_t)snprintf(
		    buf, PROXY_WRITE_MAX, "PROXY UNKNOWN\r\n");
	n = snprintf(buf, PROXY_WRITE_MAX, "PROXY TCP%d %s %s %u %u\r\n",
	    client->sa.sa_family == AF_INET ? 4 : 6,
	    addr_print_host(client, from, sizeof(from)),
	    addr_print_host(server, to, sizeof(to)), addr_port(client),
	    addr_port(server));
	return (size_t)n;
}
