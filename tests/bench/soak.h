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

#define BOUNDED "bounded\n" /* what a bomb says */

/* As in soak_config.sh. */
enum {
	MESSAGE = 7001,
	ECHO_BACK,
	CAT,
	PROXIED,
	COMMANDS,
	CHARGEN,
	SECURE = 7008,
	IDENTIFIED,
	FORWARD_FIRST,
	FORWARD_TURNS,
	BOMB_FORK,
	BOMB_MEMORY,
	BOMB_LOOP,
	BOMB_DISK
};
enum { BOMB_PROCESSES = 16, BOMB_MEGABYTES = 64 };

enum want { NOTHING, THE_TEXT, THE_PAYLOAD, THE_COMMAND };

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
	bool wrong, halved, clean, unconnected;
	struct nailgun answer;
	int status;
	char who[ADDR_TEXT_MAX], announced[ADDR_TEXT_MAX];
};

/* One kind of client: WEIGHT of a thousand clients. */
struct kind {
	const char *name;
	unsigned int weight;
	unsigned int port;
	enum want want;
	bool normal;
	bool refused; /* or not logged: not among calm clients */
	const char *text;
	void (*prepare)(struct client *);
};

/* Which kinds: all, without those that are refused, or only normal ones. */
enum choice { ALL, CALM, GOOD_ONLY };
enum choice choice_of(const char *word);

/*
 * Make C the client of NUMBER; its behaviour depends on that and SEED.  With
 * CALM it is not one that is refused.
 */
void client_make(
    struct client *c, uint64_t seed, unsigned long number, enum choice choice);

/* Begin its random numbers, which depend on SEED and NUMBER. */
void client_init(struct client *c, uint64_t seed, unsigned long number);

/* Returns a number below N, which depends on SEED and NUMBER as well. */
unsigned int client_chance(struct client *c, unsigned int n);

/* The byte at AT of what client C sends. */
char client_byte(const struct client *c, size_t at);

#endif
