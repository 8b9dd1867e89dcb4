/*
 * control_server.h -- what the daemon does for control clients (control.h).
 */

#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include "haild/state.h"

/* The socket is readable. */
void control_server_accept(struct server *s, int64_t now);

/*
 * Process I has sent a message or ended: execute the message if its client has
 * the permission.
 */
void control_server_receive(struct server *s, size_t i, int64_t now);

/*
 * PID has exited and may be a control process: execute its last message, which
 * may have come after the descriptors were polled.
 */
void control_server_exiting(struct server *s, pid_t pid, int64_t now);

/*
 * Once a turn: answer the clients that wait for the end of sessions, or for an
 * upgrade that has failed.
 */
void control_server_turn(struct server *s);

/* The program is about to be replaced: note counts for the next one. */
void control_server_hand_over(struct server *s);

/* An upgrade is complete: answer the clients that wait for it. */
void control_server_resume(struct server *s);

/* haild has ended its sessions: answer all clients that wait. */
void control_server_stopped(struct server *s);

#endif
