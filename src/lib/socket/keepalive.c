#include "lib/socket/keepalive.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdbool.h>

#include "lib/io.h"

#define KEEPIDLE_MAX 32767 /* seconds; the kernel's maximum */

int
keepalive_set(int fd, int64_t time)
{
	bool on = time > 0;
	int seconds = on ? (int)(time / SECOND) : 0;
	int half = (seconds + 1) / 2;
	const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, on },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000 },
		/* The rest only if it is on. */
		{ IPPROTO_TCP, TCP_KEEPIDLE,
		    half < KEEPIDLE_MAX ? half : KEEPIDLE_MAX },
		{ IPPROTO_TCP, TCP_KEEPINTVL, (seconds + 7) / 8 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
	};
	size_t i, n = on ? sizeof(options) / sizeof(options[0]) : 2;

	for (i = 0; i < n; i++)
		if (setsockopt(fd, options[i].level, options[i].name,
			&options[i].value, sizeof(options[i].value)) == -1)
			return -1;
	return 0;
}
