/* form.h: what the load generator says and what must come back, but for the parts that differ from
 * message to message. Values without pointers; nothing here is shared between threads. */
#ifndef PARLEY_BENCH_FORM_H
#define PARLEY_BENCH_FORM_H

#include "client.h"

enum {
    STAMP_BYTES = 32,  /* hexadecimal: sender 8, number 8, moment 16 */
    NUMBER_DIGITS = 4, /* hexadecimal */
    FORM_GAPS_MAX = 5
};

/* A payload but for its gaps: the stamp, and what only the server knows. */
struct form {
    char bytes[CLIENT_PAYLOAD_MAX];
    size_t len, stamp_at;
    size_t room_at, sender_at; /* live: where their numbers stand; 0: they do not */
    struct {
        size_t at, len;
    } gaps[FORM_GAPS_MAX]; /* in order */
    uint32_t gaps_count;
};

/* The forms of both directions, empty before, with `bytes` of content: from STAMP_BYTES. */
void chat_forms(struct form *say, struct form *hear, const char *username, uint32_t bytes);
/* Content alone, both ways. */
void bare_forms(struct form *say, struct form *hear, uint32_t bytes);
/* MESSAGE_CREATE by user_<sender>, in channel bench_<members>_<room>, and the MESSAGE_EVENT of it.
 */
void live_forms(struct form *say, struct form *hear, uint32_t members, uint32_t bytes);
/* Update, and the PlayerUpdate that the others get; `bytes` of animation. */
void game_forms(struct form *say, struct form *hear, uint32_t bytes);

void form_append(struct form *form, struct str text);
/* True when only gaps differ. */
bool form_fits(const struct form *form, struct str payload);

/* Lower case; reading takes what writing gives, and says nothing of other characters. */
void write_hex(char *to, uint64_t value, uint32_t digits);
uint64_t read_hex(const char *from, uint32_t digits);

#endif
