/*
 * terminal.h -- the terminal of "top": one key at a time, a screen of its own,
 * and all as it was at the end, whatever ends the program but SIGKILL.
 *
 * Only sequences that xterm, the Linux console, tmux and screen have in common
 * are used, so that no library is needed.
 */

#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum terminal_event {
	TERMINAL_TIMEOUT,
	TERMINAL_KEY,
	TERMINAL_REDRAW, /* another size, or continued after a stop */
	TERMINAL_END,	 /* a signal, or the end of the input */
};

/* Whether standard input and output are a terminal that can show screens. */
bool terminal_is_usable(void);

/* Change the terminal.  Returns 0, or -1 with errno. */
int terminal_begin(void);

/*
 * Wait for something until DEADLINE (clock_now).  *KEY: which key.  Stops the
 * program on SIGTSTP.
 */
enum terminal_event terminal_wait(int64_t deadline, char *key);

/* Write TEXT: as many of its lines, and of each line, as the screen has. */
void terminal_draw(const char *text);

/* Restore the terminal.  If a signal was the reason, end the program by it. */
void terminal_end(void);

#endif
