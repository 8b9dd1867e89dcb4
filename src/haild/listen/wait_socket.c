#include "haild/listen/wait_socket.h"

#include "lib/io.h"

int64_t
wait_socket_returned(struct wait_socket *w, int64_t now)
{
	w->pid = 0;
	if (w->starts == 0 || now - w->since > WAIT_SOCKET_PERIOD)
		*w = (struct wait_socket) { .since = now };
	if (++w->starts < WAIT_SOCKET_STARTS)
		return 0;
	w->pause = w->pause == 0 ? WAIT_SOCKET_PAUSE_FIRST : w->pause * 2;
	if (w->pause > WAIT_SOCKET_PAUSE_LAST)
		w->pause = WAIT_SOCKET_PAUSE_LAST;
	return w->pause;
}
