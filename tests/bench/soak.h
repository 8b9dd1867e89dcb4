/*
 * soak.h -- a client of the soak, and the kinds of clients.
 */

#ifndef SOAK_H
#define SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/nailgun.h"

#define REPLY "Smile from the server\n" /* as in soak.sh */

/* As in soak.sh. */
enum { MESSAGE = 7001, ECHO_BACK, CAT, PROXIED, COMMANDS, CHARGEN };

enum want { NOTHING, THE_MESSAGE, THE_PAYLOAD, THE_COMMAND };

struct client {
	const struct kind *kind;
	unsigned long number;
	uint64_t chance; /* state of its random numbers */
	unsigned int port;
	int fd;
	int64_t deadline;
	int64_t next;	/* a slow client: when it sends again */
	int64_t leaves; /* 0: it waits for the server */
	bool resets, deaf;
	char head[256]; /* sent before the payload */
	size_t head_len, payload_len;
	size_t sent, got; /* head included; of the answer */
	bool wrong, halved, clean;
	struct nailgun answer;
	int status;
	char who[ADDR_TEXT_MAX], announced[ADDR_TEXT_MAX];
};

/* One kind of client: WEIGHT of a hundred clients. */
struct kind {
	const char *name;
	unsigned int weight;
	unsigned int port;
	enum want want;
	bool normal;
	bool refused; /* or not logged: not among calm clients */
	void (*prepare)(struct client *);
};

/*
 * Make C the client of NUMBER; its behaviour depends on that and SEED.  With
 * CALM it is not one that is refused.
 */
void client_make(
    struct client *c, uint64_t seed, unsigned long number, bool calm);

/* Returns a number below N, which depends on SEED and NUMBER as well. */
unsigned int client_chance(struct client *c, unsigned int n);

/* The byte at AT of what client C sends. */
char client_byte(const struct client *c, size_t at);

#endif
