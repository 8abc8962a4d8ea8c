ardour {
	["type"]    = "EditorAction",
	name        = "musicgen-live track",
	license     = "MIT",
	author      = "musicgen-live contributors",
	description = [[Make a MIDI track, connect the port of musicgen-live to it, and arm it. Also a template of new sessions.]]
}

-- Offers the action as a template in the dialog of new sessions too.
function session_setup () return true end

local NAME = "musicgen-live"

-- Return the names of the ports that musicgen-live sends notes from; a bridge of ALSA's ports has them in longer names.
local function note_ports ()
	-- The engine calls the ports that others send from outputs. The fourth argument is filled.
	local _, arguments = Session:engine ():get_backend_ports ("", ARDOUR.DataType ("midi"), ARDOUR.PortFlags.IsOutput, C.StringVector ())
	local found = {}
	for port in arguments[4]:iter () do
		if port:find (NAME, 1, true) and not port:find ("^ardour:") then table.insert (found, port) end
	end
	return found
end

local function tell (text)
	if LuaDialog then
		LuaDialog.Message (NAME, text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run ()
	else
		print (text)
	end
end

function factory () return function ()
	local ports = note_ports ()
	local one = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
	local tracks = Session:new_midi_track (one, one, true, ARDOUR.PluginInfo (), nil, nil, 1, NAME,
		ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
	for track in tracks:iter () do
		for _, port in ipairs (ports) do
			track:input ():nth (0):connect (port)
		end
		track:rec_enable_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
	end
	if #ports == 0 then
		tell ("There is no port of musicgen-live yet. Type: musicgen-live play --bars 1000\nThen connect it to the track, or run this action again.")
	end
end end
