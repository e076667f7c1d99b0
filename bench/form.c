#include "form.h"

#include <stdio.h>
#include <string.h>

void form_append(struct form *form, struct str text)
{
    if (text.len > sizeof form->bytes - form->len)
        fail("--bytes is too large");
    memcpy(form->bytes + form->len, text.base, text.len);
    form->len += text.len;
}

/* Text of any content. */
static void append_gap(struct form *form, size_t len)
{
    form->gaps[form->gaps_count].at = form->len;
    form->gaps[form->gaps_count++].len = len;
    for (size_t i = 0; i < len; i++)
        form_append(form, STR("-"));
}

/* The stamp and filler, `bytes` in all. */
static void append_content(struct form *form, uint32_t bytes)
{
    form->stamp_at = form->len;
    append_gap(form, STAMP_BYTES);
    for (uint32_t i = STAMP_BYTES; i < bytes; i++)
        form_append(form, (struct str){&"abcdefghijklmnopqrstuvwxyz"[i % 26], 1});
}

void chat_forms(struct form *say, struct form *hear, const char *username, uint32_t bytes)
{
    form_append(say, STR("{\"type\":\"chat\",\"content\":\""));
    append_content(say, bytes);
    form_append(say, STR("\"}"));
    form_append(hear, STR("{\"type\":\"chat\",\"from\":\""));
    form_append(hear, (struct str){username, strlen(username)});
    form_append(hear, STR("\",\"content\":\""));
    append_content(hear, bytes);
    form_append(hear, STR("\"}"));
}

void bare_forms(struct form *say, struct form *hear, uint32_t bytes)
{
    append_content(say, bytes);
    append_content(hear, bytes);
}

static void append_number(struct form *form, size_t *at)
{
    *at = form->len;
    append_gap(form, NUMBER_DIGITS);
}

static void append_channel(struct form *form, uint32_t members)
{
    char text[64];
    int len = snprintf(text, sizeof text, "\"channel_id\":\"bench_%u_", members);
    form_append(form, (struct str){text, (size_t)len});
    append_number(form, &form->room_at);
}

void live_forms(struct form *say, struct form *hear, uint32_t members, uint32_t bytes)
{
    form_append(say, STR("{\"op\":20,\"d\":{"));
    append_channel(say, members);
    form_append(say, STR("\",\"content\":\""));
    append_content(say, bytes);
    form_append(say, STR("\"}}"));

    form_append(hear, STR("{\"op\":101,\"d\":{\"message_id\":\"msg_"));
    append_gap(hear, 32); /* 128 random bits */
    form_append(hear, STR("\","));
    append_channel(hear, members);
    form_append(hear, STR("\",\"author_id\":\"user_"));
    append_number(hear, &hear->sender_at);
    form_append(hear, STR("\",\"content\":\""));
    append_content(hear, bytes);
    form_append(hear, STR("\",\"timestamp\":"));
    append_gap(hear, 13); /* milliseconds since 1970 */
    form_append(hear, STR("}}"));
}

static void append_player_state(struct form *form, uint32_t bytes)
{
    form_append(form, STR("\"state\":{\"name\":\"player\",\"color\":\"#FF0000\","
                          "\"position\":[10.25,0.125,-3.5],"
                          "\"rotation\":[0.707,0.125,0.696,-0.2],\"animation\":\""));
    append_content(form, bytes);
    form_append(form, STR("\",\"velocity\":[1.25,0.75,0.5]}}"));
}

void game_forms(struct form *say, struct form *hear, uint32_t bytes)
{
    form_append(say, STR("{\"type\":\"Update\","));
    append_player_state(say, bytes);
    form_append(hear, STR("{\"type\":\"PlayerUpdate\",\"client_id\":\""));
    append_gap(hear, 36); /* a UUID */
    form_append(hear, STR("\","));
    append_player_state(hear, bytes);
}

bool form_fits(const struct form *form, struct str payload)
{
    size_t at = 0;
    if (payload.len != form->len)
        return false;
    for (uint32_t i = 0; i < form->gaps_count; i++) {
        if (memcmp(payload.base + at, form->bytes + at, form->gaps[i].at - at) != 0)
            return false;
        at = form->gaps[i].at + form->gaps[i].len;
    }
    return memcmp(payload.base + at, form->bytes + at, form->len - at) == 0;
}

void write_hex(char *to, uint64_t value, uint32_t digits)
{
    for (uint32_t i = 0; i < digits; i++)
        to[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
}

uint64_t read_hex(const char *from, uint32_t digits)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < digits; i++)
        value = value << 4 | (uint64_t)(from[i] <= '9' ? from[i] - '0' : from[i] - 'a' + 10);
    return value;
}
