/*
 * drain.h -- services that accept no clients: haildctl drain and resume.
 *
 * A drained service has no listeners, so the kernel refuses new clients.
 * Clients in the queue are served, and sessions continue.  A listener that a
 * supervisor also has stays open, and haild refuses its clients
 * (listener_refuses).  The child of a wait service keeps its socket and accepts
 * new clients until it ends.
 *
 * Services with builtin = "health" are drained only by their names, because
 * they tell balancers that the other services are drained.
 */

#ifndef DRAIN_H
#define DRAIN_H

#include "haild/state.h"

/*
 * Drain the service NAME; "": all, and those that a later reload adds.  Returns
 * the status of the answer, with its lines in TEXT.
 */
enum control_status drain_start(
    struct server *s, const char *name, char *text, size_t size, int64_t now);

/*
 * Have the service NAME ("": all) accept clients again.  A service of which an
 * address cannot be bound stays drained.  Returns as drain_start does.
 */
enum control_status drain_end(
    struct server *s, const char *name, char *text, size_t size, int64_t now);

/*
 * The client of P waits until the service NAME ("": all) has neither sessions
 * nor clients in its queue.
 */
void drain_wait(
    struct server *s, struct control_process *p, const char *name, int64_t now);

/*
 * Once a turn: log which services have become empty, and answer the clients
 * that wait for that.  Does nothing unless drain_watched.
 */
void drain_turn(struct server *s);

/* After an upgrade: continue to watch for that. */
void drain_resumed(struct server *s);

/* Before CONFIG's listeners are planned: drain its new services, if all are. */
void drain_new(struct server *s, const struct config *config);

#endif
