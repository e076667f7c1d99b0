/* chat_model.h: what chat's clients must see, worked out a second time in the
 * simplest way: one world without workers, moves or bounds.
 *
 * The model is told of each message at the moment in which the server has
 * handled it, and says what each client must be sent, in which order. Clients
 * and rooms are numbers. */
#ifndef PARLEY_TESTS_SIM_CHAT_MODEL_H
#define PARLEY_TESTS_SIM_CHAT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world.h"

/* What only the server knows. */
enum { GAP_UUID = 'u', GAP_CODE = 'c', GAP_REASON = 'r' };

enum { MODEL_NAME_BYTES = 256, MODEL_CODE_BYTES = 6 };
#define ROOMLESS UINT32_MAX

/* What a client may say. */
enum said {
    SAID_NAME, /* argument: the name */
    SAID_CREATE,
    SAID_JOIN, /* argument: the code */
    SAID_CHAT, /* argument: the content */
    SAID_TYPING,
    SAID_STOP,
    SAID_LEAVE,
    SAID_GARBAGE, /* argument: the text, which is no message of chat */
    SAID_KINDS
};

struct model_client {
    bool here, named, typing;
    uint32_t room;
    uint64_t typing_until_ms;
    size_t name_len;
    char name[MODEL_NAME_BYTES];
};

struct model_room {
    uint32_t host, guest; /* without a host, the room is closed and its place free */
    uint32_t serial;      /* tells it from others in the same place */
    bool code_known;      /* its creator has read it */
    char code[MODEL_CODE_BYTES];
};

struct model {
    uint32_t clients_count; /* and places for rooms */
    struct model_client *clients;
    struct model_room *rooms;
    uint32_t rooms_open, serial;
    struct world *world;
};

void model_init(struct model *model, struct world *world);
void model_clear(struct model *model);

void model_opens(struct model *model, uint32_t client);
void model_closes(struct model *model, uint32_t client);
enum fault model_hears(struct model *model, uint32_t client, enum said kind, struct str argument,
                       uint64_t now_ms);
/* Ends the client's typing if its time is over; true when it was. */
bool model_expires(struct model *model, uint32_t client, uint64_t now_ms);

/* The creator of a room has read its code. False when another open room has the
 * same. */
bool model_learn_code(struct model *model, uint32_t serial, const char *code);
uint32_t model_find(const struct model *model, struct str code);
uint32_t model_partner(const struct model *model, uint32_t client);

#endif
