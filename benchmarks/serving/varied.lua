-- Another address for each request: AIM_PATH with %x and %y in it for a place, %n for a number, drawn from one seed.
local path = os.getenv("AIM_PATH")
math.randomseed(1)

request = function()
   local x, y = -2.4 + math.random() * 0.5, 52.2 + math.random() * 0.3
   local drawn = {
      W = string.format("%.6f", x), S = string.format("%.6f", y),
      E = string.format("%.6f", x + 0.62), N = string.format("%.6f", y + 0.40),
      n = tostring(math.random(0, 40)) .. "." .. tostring(math.random(0, 99)),
   }
   return wrk.format("GET", (string.gsub(path, "<(%a)>", drawn)))
end
