-- Opens a project, plays the track "guitar" through its plug-in into a new file of the project, "bounced", and saves.
-- In the environment: PROJECT_FOLDER, PROJECT_NAME, FRAMES. Prints the plug-in's latency in samples.
-- Ardour 7.3's own export crashes now and then, with no plug-in too; bouncing a range does not.
assert (AudioEngine:set_backend ("None (Dummy)", "", ""))
local project = assert (load_session (os.getenv ("PROJECT_FOLDER"), os.getenv ("PROJECT_NAME")))
local route = project:route_by_name ("guitar")
assert (not route:isnil (), "no such track")
print (string.format ("latency %d", route:nth_plugin (0):to_insert ():signal_latency ()))
local progress = ARDOUR.InterThreadInfo ()
local region = route:to_track ():bounce_range (0, tonumber (os.getenv ("FRAMES")), progress, route:main_outs (), false,
                                               "bounced")
assert (not region:isnil (), "nothing was bounced")
project:save_state ("")
close_session ()
