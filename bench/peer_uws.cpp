/* chat, live and game as a careful engineer would write them in a day on µWebSockets and simdjson, to
 * be compared with the server: as much of each as the load generator speaks. A message is parsed whole,
 * its fields' types and lengths are checked, and what goes out is escaped. There are no error messages
 * (who breaks a rule is disconnected), no limits of rates, no metrics, no store, no reload.
 *
 *   apt-get install g++ libsimdjson-dev
 *   U=build/peers/uWebSockets
 *   git clone --recursive https://github.com/uNetworking/uWebSockets $U
 *   (cd $U/uSockets && gcc -O3 -flto -DLIBUS_NO_SSL -Isrc -c $(find src -maxdepth 2 -name '*.c'))
 *   g++ -O3 -flto -std=c++20 -DLIBUS_NO_SSL -DUWS_NO_ZLIB -I$U/src -I$U/uSockets/src bench/peer_uws.cpp \
 *       $(find $U/uSockets -maxdepth 1 -name '*.o') -lsimdjson -o build/peers/peer_uws
 *   build/peers/peer_uws PORT */
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include <simdjson.h>

#include "App.h"

using simdjson::dom::array;
using simdjson::dom::element;
using std::string;
using std::string_view;

constexpr size_t message_bytes_max = 65536;

/* Reading: what is wrong is thrown. */

static element parse(string_view text)
{
    static simdjson::dom::parser parser;
    static char padded[message_bytes_max + simdjson::SIMDJSON_PADDING];
    memcpy(padded, text.data(), text.size());
    return parser.parse(padded, text.size(), false);
}

static void require(bool holds)
{
    if (!holds)
        throw std::invalid_argument("message");
}

static string_view text_of(element object, string_view name, size_t min, size_t max)
{
    string_view text = object[name];
    require(text.size() >= min && text.size() <= max);
    return text;
}

static uint64_t number_of(element object, string_view name, uint64_t max)
{
    uint64_t number = object[name];
    require(number <= max);
    return number;
}

template <size_t N> static std::array<double, N> numbers_of(element value, double most)
{
    std::array<double, N> numbers;
    size_t count = 0;
    for (element item : array(value)) {
        require(count < N);
        numbers[count] = item;
        require(std::abs(numbers[count++]) <= most);
    }
    require(count == N);
    return numbers;
}

/* Writing. */

static void escape(string &out, string_view text)
{
    for (unsigned char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c < 0x20) {
            constexpr char digits[] = "0123456789abcdef";
            out += "\\u00";
            out += digits[c >> 4];
            out += digits[c & 15];
        } else {
            out += static_cast<char>(c);
        }
    }
}

static void quote(string &out, string_view text)
{
    unsigned special = 0;
    for (unsigned char c : text) /* all of them, so that it becomes vectors */
        special |= (c < 0x20) | (c == '"') | (c == '\\');
    out += '"';
    if (special)
        escape(out, text);
    else
        out += text;
    out += '"';
}

template <typename Number> static void write(string &out, Number number)
{
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <size_t N> static void write(string &out, const std::array<double, N> &numbers)
{
    for (size_t i = 0; i < N; i++) {
        out += i == 0 ? '[' : ',';
        write(out, numbers[i]);
    }
    out += ']';
}

/* What is being written: kept from message to message, for its memory. */
static string &fresh(string_view begin)
{
    static string out;
    out = begin;
    return out;
}

static string random_id()
{
    static std::mt19937_64 random{std::random_device{}()};
    string id(32, '0');
    for (size_t half = 0; half < 2; half++)
        for (uint64_t bits = random(), i = 0; i < 16; i++, bits >>= 4)
            id[16 * half + i] = "0123456789abcdef"[bits & 15];
    return id;
}

/* A path's WebSockets; `Session` takes each message. */
template <typename Session> struct sessions {
    using socket = uWS::WebSocket<false, true, Session>;

    static void serve(uWS::App &app, const char *path)
    {
        typename uWS::App::WebSocketBehavior<Session> behavior;
        behavior.compression = uWS::DISABLED;
        behavior.maxPayloadLength = message_bytes_max;
        behavior.open = [](socket *own) { own->getUserData()->open(own); };
        behavior.message = [](socket *own, string_view text, uWS::OpCode opcode) {
            try {
                if (opcode == uWS::OpCode::TEXT)
                    own->getUserData()->take(own, parse(text));
            } catch (const std::exception &) {
                own->end(1008);
            }
        };
        behavior.close = [](socket *own, int, string_view) { own->getUserData()->close(own); };
        app.ws<Session>(path, std::move(behavior));
    }

    static void tell(socket *to, const string &text)
    {
        to->send(text, uWS::OpCode::TEXT);
    }
};

static uWS::App *app;

/* chat: rooms of two. */
struct chat : sessions<chat> {
    static inline std::unordered_map<string, socket *> hosts;
    static inline unsigned rooms;
    string name, room;
    socket *partner = nullptr;

    void open(socket *own)
    {
        string &out = fresh("{\"type\":\"connected\",\"client_id\":");
        quote(out, random_id());
        tell(own, out += '}');
    }

    void create_room(socket *own)
    {
        char code[7];
        snprintf(code, sizeof code, "%06u", ++rooms % 1000000);
        room = code;
        hosts[room] = own;
        own->subscribe(room);
        tell(own, fresh("{\"type\":\"room_created\",\"room_code\":\"") + code + "\"}");
    }

    void join_room(socket *own, string_view code)
    {
        auto found = hosts.find(string(code));
        require(found != hosts.end());
        partner = found->second;
        room = found->first;
        hosts.erase(found);
        chat *host = partner->getUserData();
        host->partner = own;
        own->subscribe(room);
        string &joined = fresh("{\"type\":\"room_joined\",\"room_code\":");
        quote(joined, room);
        joined += ",\"partner\":";
        quote(joined, host->name);
        tell(own, joined += '}');
        string &came = fresh("{\"type\":\"partner_joined\",\"username\":");
        quote(came, name);
        tell(partner, came += '}');
    }

    void take(socket *own, element message)
    {
        string_view type = message["type"];
        if (type == "chat") {
            string_view content = text_of(message, "content", 1, 32768);
            require(partner != nullptr);
            string &out = fresh("{\"type\":\"chat\",\"from\":");
            quote(out, name);
            out += ",\"content\":";
            quote(out, content);
            out += '}';
            own->publish(room, out, uWS::OpCode::TEXT); /* in one write, however many they are */
        } else if (type == "set_username") {
            name = text_of(message, "username", 1, 256);
            string &out = fresh("{\"type\":\"username_set\",\"username\":");
            quote(out, name);
            tell(own, out += '}');
        } else if (type == "create_room") {
            create_room(own);
        } else if (type == "join_room") {
            join_room(own, text_of(message, "room_code", 6, 6));
        } else {
            require(false);
        }
    }

    void close(socket *)
    {
        hosts.erase(room);
        if (partner != nullptr) {
            chat *other = partner->getUserData();
            other->partner = nullptr;
            tell(partner, fresh("{\"type\":\"partner_left\"}"));
        }
    }
};

/* live: channels by opcode. */
struct live : sessions<live> {
    static inline std::unordered_map<string, std::unordered_map<string, uint64_t>> channels;
    string user, channel;

    void open(socket *own)
    {
        tell(own, fresh("{\"op\":0,\"d\":{\"heartbeat_interval\":30000}}"));
    }

    void identify(socket *own, element d)
    {
        user = text_of(d, "user_id", 1, 256);
        text_of(d, "token", 1, 8192);
        string &out = fresh("{\"op\":4,\"d\":{\"session_id\":\"sess_");
        out += random_id() + "\",\"user_id\":";
        quote(out, user);
        tell(own, out += "}}");
    }

    void channel_create(socket *own, element d)
    {
        string id(text_of(d, "channel_id", 1, 256));
        string_view name = text_of(d, "channel_name", 1, 256);
        channels[id];
        string &out = fresh("{\"op\":200,\"d\":{\"op\":10,\"data\":{\"channel_id\":");
        quote(out, id);
        out += ",\"channel_name\":";
        quote(out, name);
        tell(own, out += "}}}");
    }

    string &member_event(string_view event)
    {
        string &out = fresh("{\"op\":100,\"d\":{\"event\":\"");
        out += event;
        out += "\",\"channel_id\":";
        quote(out, channel);
        out += ",\"member\":{\"user_id\":";
        quote(out, user);
        out += ",\"ssrc\":";
        write(out, channels[channel][user]);
        return out += "}}}";
    }

    void channel_join(socket *own, element d)
    {
        auto found = channels.find(string(text_of(d, "channel_id", 1, 256)));
        require(found != channels.end() && channel.empty());
        auto &members = found->second;
        string &out = fresh("{\"op\":200,\"d\":{\"op\":11,\"data\":{\"channel_id\":");
        channel = found->first;
        quote(out, channel);
        out += ",\"active_members\":[";
        for (auto &[name, ssrc] : members) {
            out += out.back() == '[' ? "{\"user_id\":" : ",{\"user_id\":";
            quote(out, name);
            out += ",\"ssrc\":";
            write(out, ssrc);
            out += '}';
        }
        tell(own, out += "]}}}");
        members[user] = number_of(d, "ssrc", UINT32_MAX);
        own->subscribe(channel);
        own->publish(channel, member_event("join"), uWS::OpCode::TEXT);
    }

    void message_create(element d)
    {
        string_view id = text_of(d, "channel_id", 1, 256);
        string_view content = text_of(d, "content", 1, 2000);
        require(id == channel && content.find_first_not_of(" \t\r\n") != string_view::npos);
        string &out = fresh("{\"op\":101,\"d\":{\"message_id\":\"msg_");
        out += random_id() + "\",\"channel_id\":";
        quote(out, id);
        out += ",\"author_id\":";
        quote(out, user);
        out += ",\"content\":";
        quote(out, content);
        out += ",\"timestamp\":";
        auto now = std::chrono::system_clock::now().time_since_epoch();
        write(out, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
        app->publish(channel, out += "}}", uWS::OpCode::TEXT);
    }

    void take(socket *own, element message)
    {
        uint64_t op = message["op"];
        element d = message["d"];
        require(op == 3 || !user.empty());
        if (op == 20)
            message_create(d);
        else if (op == 3)
            identify(own, d);
        else if (op == 10)
            channel_create(own, d);
        else if (op == 11)
            channel_join(own, d);
        else
            require(false);
    }

    void close(socket *)
    {
        if (channel.empty())
            return;
        app->publish(channel, member_event("leave"), uWS::OpCode::TEXT);
        channels[channel].erase(user);
    }
};

/* game: rooms of players, whose states are passed on. */
struct game : sessions<game> {
    static inline std::unordered_map<string, std::unordered_map<string, socket *>> rooms;
    string id, room, state; /* as it is written */

    void open(socket *) {}

    void join(socket *own, element message)
    {
        require(room.empty());
        room = text_of(message, "room_id", 1, 64);
        string name(text_of(message, "name", 1, 50));
        string_view color = text_of(message, "color", 7, 7);
        id = random_id().substr(0, 8) + "-0000-4000-8000-000000000000";
        state = "{\"name\":";
        quote(state, name);
        state += ",\"color\":";
        quote(state, color);
        state += ",\"position\":[0,0,0],\"rotation\":[1,0,0,0]}";
        auto &members = rooms[room];
        members[id] = own;
        string &welcome = fresh("{\"type\":\"Welcome\",\"client_id\":\"");
        welcome += id + "\",\"room_state\":[";
        for (auto &[other, its] : members)
            welcome += (welcome.back() == '[' ? "[\"" : ",[\"") + other + "\"," +
                       its->getUserData()->state + "]";
        tell(own, welcome += "],\"chat_history\":[]}");
        own->subscribe(room);
        tell_others(own, "{\"type\":\"PlayerJoined\",\"client_id\":\"");
    }

    void tell_others(socket *own, string_view begin)
    {
        string &out = fresh(begin);
        out += id;
        out += "\",\"state\":";
        out += state;
        out += '}';
        own->publish(room, out, uWS::OpCode::TEXT);
    }

    static bool is_color(string_view color)
    {
        return color.size() == 7 && color[0] == '#' &&
               color.find_first_not_of("0123456789abcdefABCDEF", 1) == string_view::npos;
    }

    void update(socket *own, element given)
    {
        string_view name = text_of(given, "name", 1, 50), color = text_of(given, "color", 7, 7);
        auto position = numbers_of<3>(given["position"], 1000);
        auto rotation = numbers_of<4>(given["rotation"], 2);
        double norm = 0;
        for (double part : rotation)
            norm += part * part;
        require(is_color(color) && norm >= 0.81 && norm <= 1.21);
        state = "{\"name\":";
        quote(state, name);
        state += ",\"color\":";
        quote(state, color);
        state += ",\"position\":";
        write(state, position);
        state += ",\"rotation\":";
        write(state, rotation);
        element optional;
        if (given["animation"].get(optional) == simdjson::SUCCESS) {
            state += ",\"animation\":";
            quote(state, text_of(given, "animation", 0, 100));
        }
        if (given["velocity"].get(optional) == simdjson::SUCCESS) {
            state += ",\"velocity\":";
            write(state, numbers_of<3>(optional, 1e308));
        }
        state += '}';
        tell_others(own, "{\"type\":\"PlayerUpdate\",\"client_id\":\"");
    }

    void take(socket *own, element message)
    {
        string_view type = message["type"];
        if (type == "Update") {
            require(!room.empty());
            update(own, message["state"]);
        } else {
            require(type == "Join");
            join(own, message);
        }
    }

    void close(socket *)
    {
        if (room.empty())
            return;
        rooms[room].erase(id);
        app->publish(room, fresh("{\"type\":\"PlayerLeft\",\"client_id\":\"") + id + "\"}",
                     uWS::OpCode::TEXT);
    }
};

int main(int, char **argv)
{
    uWS::App server;
    app = &server;
    chat::serve(server, "/chat");
    live::serve(server, "/live");
    game::serve(server, "/game");
    server.listen("127.0.0.1", atoi(argv[1]), [](auto *) {}).run();
}
